import { Problem } from './problem';

const quote = 0x22;
const backslash = 0x5c;
/** `[` and `{`, `]` and `}` differ in one bit. */
const caseBit = 0x20;
const opening = 0x7b;
const closing = 0x7d;

/** How deep JSON text nests objects and arrays; looks at brackets outside strings only. */
export function jsonDepth(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === quote) at = endOfString(bytes, at);
    else if ((byte | caseBit) === opening) deepest = Math.max(deepest, ++depth);
    else if ((byte | caseBit) === closing) depth--;
  }
  return deepest;
}

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

const deepestAllowed = 64;

/** Parsing survives any depth, but walking and writing the value would not. */
export function refuseDeepJson(_request: unknown, _response: unknown, body: Uint8Array): void {
  if (jsonDepth(body) <= deepestAllowed) return;
  throw new Problem(400, {
    title: 'Body nested too deeply',
    detail: `Objects and arrays may nest at most ${deepestAllowed} levels.`,
    code: 'too-deep',
  });
}
