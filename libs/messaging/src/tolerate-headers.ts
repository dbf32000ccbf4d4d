import type { ChannelModel } from 'amqplib';

/** What of the client library's connection is touched here; it keeps both, but does not promise them. */
interface FrameReader {
  /** Received and not read yet. */
  rest: Buffer;
  /** Takes the next frame off `rest`, then decodes it; what cannot be decoded throws and costs the connection. */
  recvFrame: () => unknown;
}

/**
 * Keeps the connection when a message's header table cannot be decoded: the library reads tables by recursion, so some
 * 4,000 levels in one message overflow the stack. The message then arrives without its nested headers; else it would
 * cost the connection of all consumers on each of its deliveries, and their innocent messages a delivery each.
 */
export function tolerateHeaders(model: ChannelModel): void {
  const reader = model.connection as unknown as FrameReader;
  const read = reader.recvFrame.bind(reader);
  reader.recvFrame = () => {
    const bytes = reader.rest;
    try {
      return read();
    } catch (error) {
      const plain = withPlainHeaders(bytes);
      if (!plain) throw error;
      reader.rest = Buffer.concat([plain, reader.rest]);
      return read();
    }
  };
}

const frameHead = 7;
const contentHeader = 2;
/** Class, weight and body size come before the flags that tell which properties follow, in this order. */
const flagsAt = frameHead + 12;
const contentTypeFlag = 0x8000;
const contentEncodingFlag = 0x4000;
const headersFlag = 0x2000;

/**
 * The content header frame that the bytes begin with, with only those headers that hold neither a table nor a list.
 * Undefined when they begin with another frame, an unfinished one, or one without headers.
 */
export function withPlainHeaders(bytes: Buffer): Buffer | undefined {
  if (bytes.length < flagsAt + 2 || bytes.readUInt8(0) !== contentHeader) return undefined;
  const end = frameHead + bytes.readUInt32BE(3);
  const flags = bytes.readUInt16BE(flagsAt);
  if (bytes.length <= end || (flags & headersFlag) === 0) return undefined;
  const start = startOfHeaders(bytes, flags);
  if (start + 4 > end) return undefined;
  const table = bytes.subarray(start + 4, start + 4 + bytes.readUInt32BE(start));
  const frame = Buffer.concat([
    bytes.subarray(0, start + 4),
    ...plainEntries(table),
    bytes.subarray(start + 4 + table.length, end + 1),
  ]);
  const dropped = end + 1 - frame.length;
  frame.writeUInt32BE(bytes.readUInt32BE(3) - dropped, 3);
  frame.writeUInt32BE(table.length - dropped, start);
  return frame;
}

function startOfHeaders(bytes: Buffer, flags: number): number {
  const first = flagsAt + 2;
  const second = flags & contentTypeFlag ? first + 1 + (bytes[first] ?? 0) : first;
  return flags & contentEncodingFlag ? second + 1 + (bytes[second] ?? 0) : second;
}

/** Bytes of a value after its tag; NaN for one that begins with its own length. */
const sizes: Record<string, number> = {
  ...{ V: 0, t: 1, b: 1, B: 1, s: 2, u: 2, I: 4, i: 4, f: 4, D: 5, l: 8, d: 8, T: 8 },
  ...{ S: NaN, x: NaN, F: NaN, A: NaN },
};

/** The entries of a table that are neither tables nor lists, up to the first that makes no sense. */
function plainEntries(table: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let start = 0; start < table.length;) {
    const tagAt = start + 1 + table.readUInt8(start);
    const tag = String.fromCharCode(table[tagAt] ?? 0);
    const size = Object.hasOwn(sizes, tag) ? sizes[tag] : undefined;
    if (size === undefined) break;
    const long = Number.isNaN(size);
    if (long && tagAt + 5 > table.length) break;
    const end = tagAt + 1 + (long ? 4 + table.readUInt32BE(tagAt + 1) : size);
    if (end > table.length) break;
    if (tag !== 'F' && tag !== 'A') entries.push(table.subarray(start, end));
    start = end;
  }
  return entries;
}
