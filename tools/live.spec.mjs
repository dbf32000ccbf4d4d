import { expect, test } from '@jest/globals';
import { createEventSplitter } from './live.mjs';

test('events come whole, however the stream is cut into pieces', () => {
  const stream = 'data: {"n":1}\n\n: heartbeat\n\nid: 2\r\ndata: {"n":2}\r\n\r\ndata: {"n":\ndata: 3}\n\n';
  for (let size = 1; size <= stream.length; size += 1) {
    const split = createEventSplitter();
    const pieces = stream.match(new RegExp(`[^]{1,${size}}`, 'g'));
    const values = pieces.flatMap((piece) => split(piece));
    // A carriage return and its line feed may be torn apart, as a pair of them may look like two ends of line.
    expect(values).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  }
});
