import { setTimeout as delay } from 'node:timers/promises';

/**
 * Follows the live feed of delivery-log (server-sent events) and hands each record to `onRecord`; connects again when
 * it breaks off. Resolves once the first connection stands; `signal` ends it.
 */
export function followLive({ url, token, onRecord, signal }) {
  return new Promise((resolve, reject) => {
    follow({ url, token, onRecord, signal, onOpen: resolve }).catch(reject);
  });
}

async function follow({ url, token, onRecord, signal, onOpen }) {
  while (!signal.aborted) {
    try {
      const answer = await fetch(`${url}/v1/live`, { headers: { authorization: `Bearer ${token}` }, signal });
      if (!answer.ok) throw new Error(`the live feed answered ${answer.status}`);
      onOpen();
      await readEvents(answer.body, onRecord);
    } catch {
      // Lost or not there yet; the feed is for looking, what happened stands in delivery-log.
    }
    if (!signal.aborted) await delay(500, undefined, { signal }).catch(() => undefined);
  }
}

async function readEvents(body, onRecord) {
  const split = createEventSplitter();
  const decoder = new TextDecoder();
  for await (const chunk of body) split(decoder.decode(chunk, { stream: true })).forEach(onRecord);
}

/** A function from pieces of an event stream to the JSON values that are complete by then. */
export function createEventSplitter() {
  let rest = '';
  return (piece) => {
    const blocks = (rest + piece).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    return blocks
      .map(dataOf)
      .filter((data) => data !== '')
      .map((data) => JSON.parse(data));
  };
}

function dataOf(block) {
  const lines = block.split(/\r?\n/).filter((line) => line.startsWith('data:'));
  return lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n');
}
