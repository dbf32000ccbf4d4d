import { setTimeout as delay } from 'node:timers/promises';

const patience = 15_000;

/**
 * Has the sandbox play a day from a file, tells how far it is, and at the end reconciles what was sent with what
 * delivery-log recorded. `onState` gets `{ status, sent, total, counts, recorded?, deliveries? }` as it changes; status
 * is running, done (all sent) and at last settled (all recorded) or unsettled (no more comes).
 */
export async function replayDay({ sandbox, deliveryLog, file, speed, onState, signal }) {
  const since = new Date().toISOString();
  await sandbox.post('/v1/replay', { file, speed });
  const tell = onChange(onState);
  let state;
  do {
    if (state) await pause(signal);
    state = await sandbox.get('/v1/replay');
    tell(state);
  } while (state.status === 'running' && !signal.aborted);
  if (!signal.aborted) await reconcile({ state, deliveryLog, since, tell, signal });
}

async function reconcile({ state, deliveryLog, since, tell, signal }) {
  let changedAt = Date.now();
  const changed = onChange(() => (changedAt = Date.now()));
  while (!signal.aborted) {
    const { events: recorded, items: deliveries } = await deliveryLog.get(`/v1/summary?since=${since}`);
    changed({ recorded, deliveries });
    const settled = recorded >= state.sent && deliveries.every(({ status }) => status !== 'retrying');
    const waited = Date.now() - changedAt > patience;
    if (settled || waited) return tell({ ...state, recorded, deliveries, status: settled ? 'settled' : 'unsettled' });
    tell({ ...state, recorded });
    await pause(signal);
  }
}

function onChange(listener) {
  let last;
  return (value) => {
    const text = JSON.stringify(value);
    if (text !== last) listener(value);
    last = text;
  };
}

function pause(signal) {
  return delay(1_000, undefined, { signal }).catch(() => undefined);
}

/** How far a replay is, as lines for people; at its end what was sent and what became of it, as tables. */
export function replayLines({ status, sent, total, recorded, counts, deliveries, eventsPerSecond }) {
  const rate = eventsPerSecond ? `, ${eventsPerSecond} a second` : '';
  const head = `replay: ${sent} of ${total} events sent${rate}${recorded === undefined ? '' : `, ${recorded} recorded`}`;
  if (deliveries === undefined) return [head];
  const verdict =
    status === 'settled' ? 'every event sent is recorded' : `${sent - recorded} events sent are not recorded`;
  return [
    `${head}: ${verdict}`,
    '',
    ...table(Object.entries(counts), ['event', 'sent']),
    '',
    ...table(
      deliveries.map(({ integration, status: ended, count }) => [`${integration}: ${ended}`, count]),
      ['integration', 'deliveries'],
    ),
    '',
  ];
}

function table(rows, head) {
  const width = Math.max(...rows.concat([head]).map(([name]) => name.length));
  return [head, ...rows].map(([name, value]) => `  ${name.padEnd(width)}  ${String(value).padStart(10)}`);
}
