import type { Json } from './json';

/** An HTTP answer as it came; header names lower case, durations in seconds. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  durationSeconds: number;
}

/** The `response` root of placeholders. */
export interface ResponseScope {
  status: number;
  duration: number;
  headers: Record<string, string>;
  body?: Json;
  text?: string;
}

/** What an answer may hold (language.md section 9). */
export const answerLimits = { bytes: 1024 * 1024, depth: 64, keys: 10_000 } as const;

/** The answer is JSON but deeper or wider than the limits. */
export class AnswerTooComplex extends Error {
  constructor(what: string) {
    super(`the answer's JSON has more than ${what}`);
    this.name = 'AnswerTooComplex';
  }
}

/**
 * Reads an answer: JSON if it parses, whatever its content type, else text in the declared charset (default UTF-8).
 * Throws AnswerTooComplex.
 */
export function readResponse({ status, headers, body, durationSeconds: duration }: Answer): ResponseScope {
  if (body.length === 0) return { status, duration, headers };
  const text = decode(body, headers['content-type']);
  const json = readJson(text);
  if (json === undefined) return { status, duration, headers, text };
  return { status, duration, headers, body: json };
}

const utf8 = new TextDecoder();

function decode(body: Uint8Array, contentType = ''): string {
  const charset = /charset/i.test(contentType) ? /charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1] : undefined;
  if (charset === undefined) return utf8.decode(body);
  const decoder = decoderFor(charset);
  const text = decoder.decode(body);
  return decoder.encoding === 'windows-1252' ? text.replace(/[\u0080-\u009f]/g, windows1252) : text;
}

/** Code points of the bytes 80 to 9f in windows-1252 (WHATWG encoding standard); 0 where the byte stays itself. */
const windows1252Points = [
  0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0,
  0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
];

/** Some engines decode windows-1252 as if it were ISO 8859-1. */
function windows1252(sign: string): string {
  const point = windows1252Points[sign.charCodeAt(0) - 0x80];
  return point ? String.fromCodePoint(point) : sign;
}

function decoderFor(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder('utf-8');
  }
}

/** Integers beyond 2^53-1 arrive as their digits in text: as numbers they would be other integers. */
function readJson(text: string): Json | undefined {
  const json = parseJson(text);
  if (json === undefined) return undefined;
  const seen = { keys: 0, unsafe: false };
  inspect(json, 1, seen);
  return seen.unsafe ? parseJson(quoteUnsafeIntegers(text)) : json;
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function quoteUnsafeIntegers(text: string): string {
  return text.replace(stringOrNumber, (token) => {
    const unsafe = /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token));
    return unsafe ? `"${token}"` : token;
  });
}

/** What was met in an answer: how many keys and elements, and whether an integer that a number cannot hold. */
interface Seen {
  keys: number;
  unsafe: boolean;
}

/** Depth first; the depth limit bounds the recursion too. Throws AnswerTooComplex. */
function inspect(value: Json, depth: number, seen: Seen): void {
  if (typeof value === 'number') seen.unsafe ||= Number.isInteger(value) && !Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return;
  if (depth > answerLimits.depth) throw new AnswerTooComplex(`${answerLimits.depth} levels`);
  if (Array.isArray(value)) for (const item of value) inspectPart(item, depth, seen);
  else for (const key in value) inspectPart(value[key]!, depth, seen);
}

function inspectPart(value: Json, depth: number, seen: Seen): void {
  if (++seen.keys > answerLimits.keys) throw new AnswerTooComplex(`${answerLimits.keys} keys and elements`);
  if (typeof value === 'object' || typeof value === 'number') inspect(value, depth + 1, seen);
}
