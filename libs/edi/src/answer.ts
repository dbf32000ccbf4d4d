import { isJsonObject, type Json, type JsonObject } from './json';

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
export function readResponse({ status, headers, body, durationSeconds }: Answer): ResponseScope {
  const scope: ResponseScope = { status, duration: durationSeconds, headers };
  if (body.length === 0) return scope;
  const text = decode(body, headers['content-type']);
  const json = parseJson(text);
  if (json === undefined) return { ...scope, text };
  refuseComplex(json);
  return { ...scope, body: json };
}

function decode(body: Uint8Array, contentType = ''): string {
  const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  return decoderFor(charset).decode(body);
}

function decoderFor(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder('utf-8');
  }
}

/** Integers beyond 2^53-1 arrive as their digits in text: as numbers they would be other integers. */
function parseJson(text: string): Json | undefined {
  try {
    const json = JSON.parse(text) as Json;
    return /\d{16}/.test(text) ? (JSON.parse(quoteUnsafeIntegers(text)) as Json) : json;
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

function refuseComplex(root: Json): void {
  let keys = 0;
  let level: Json[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > answerLimits.depth) throw new AnswerTooComplex(`${answerLimits.depth} levels`);
    const next: Json[] = [];
    for (const value of level) {
      const items = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value as JsonObject) : [];
      keys += items.length;
      if (keys > answerLimits.keys) throw new AnswerTooComplex(`${answerLimits.keys} keys and elements`);
      for (const item of items) if (typeof item === 'object' && item !== null) next.push(item);
    }
    level = next;
  }
}
