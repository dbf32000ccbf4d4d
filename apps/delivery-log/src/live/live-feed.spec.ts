import { createSealer, readKeyRing } from '@patchbay/secrets';
import { randomBytes } from 'node:crypto';
import { aDelivery, aRecord } from '../a-record.builder';
import { Payloads } from '../payloads';
import { LiveFeed } from './live-feed';

afterEach(() => jest.useRealTimers());

function setup() {
  const ring = { active: 'k1', keys: { k1: randomBytes(32).toString('base64') } };
  const sealer = createSealer(readKeyRing(JSON.stringify(ring), 'ring'));
  const feed = new LiveFeed(new Payloads(sealer));
  const delivery = aDelivery();
  const record = aRecord(sealer, { deliveries: [delivery] });
  return { feed, tell: () => feed.tell([record], new Set([delivery.id])), record };
}

function aReader(waiting = 0) {
  const written: string[] = [];
  const reader = {
    written,
    ended: false,
    waiting,
    write: (text: string) => void written.push(text),
    end: () => void (reader.ended = true),
  };
  return reader;
}

test('a reader that falls 1 MiB behind is dropped, the others go on', () => {
  const { feed, tell } = setup();
  const [slow, quick] = [aReader(), aReader()];
  feed.add(slow, { seesResults: false });
  feed.add(quick, { seesResults: false });
  slow.waiting = 1024 * 1024 + 1;
  tell();
  tell();
  expect([slow.ended, slow.written.length]).toEqual([true, 2]);
  expect([quick.ended, quick.written.length]).toEqual([false, 3]);
});

test('deliveries that did not change are not told', () => {
  const { feed, record } = setup();
  const reader = aReader();
  feed.add(reader, { seesResults: true });
  feed.tell([record], new Set());
  expect(reader.written).toEqual([': connected\n\n']);
});

test('readers hear a heartbeat every 15 s for as long as they are there', () => {
  jest.useFakeTimers();
  const { feed } = setup();
  const reader = aReader();
  const remove = feed.add(reader, { seesResults: false });
  jest.advanceTimersByTime(45_000);
  remove();
  jest.advanceTimersByTime(45_000);
  expect(reader.written.slice(1)).toEqual(Array.from({ length: 3 }, () => ': heartbeat\n\n'));
});

test('closing ends every reader', () => {
  const { feed } = setup();
  const reader = aReader();
  feed.add(reader, { seesResults: false });
  feed.close();
  expect(reader.ended).toBe(true);
});
