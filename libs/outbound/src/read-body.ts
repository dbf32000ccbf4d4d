import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';

/** Bytes an answer may have, before as well as after decompression. */
export const maxAnswerBytes = 1024 * 1024;

export type BodyResult = { body: Buffer } | { fault: 'too-large' | 'broken' | 'unknown-encoding' };

const decompressGzip = promisify(gunzip);
const decompressBrotli = promisify(brotliDecompress);
const decompressZlib = promisify(inflate);
const decompressRaw = promisify(inflateRaw);

const decoders: Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: decompressGzip,
  'x-gzip': decompressGzip,
  br: decompressBrotli,
  // Servers disagree on whether "deflate" has the zlib header; its first byte tells.
  deflate: (bytes, options) => ((bytes[0] ?? 0) % 16 === 8 ? decompressZlib : decompressRaw)(bytes, options),
};

/** Undoes the content encoding of a whole body; decompression stops at the cap, so a bomb costs no memory. */
export async function readBody(encoding: string, bytes: Buffer): Promise<BodyResult> {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity' || bytes.length === 0) return { body: bytes };
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (!decode) return { fault: 'unknown-encoding' };
  try {
    return { body: await decode(bytes, { maxOutputLength: maxAnswerBytes }) };
  } catch (error) {
    return { fault: isTooLarge(error) ? 'too-large' : 'broken' };
  }
}

function isTooLarge(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
