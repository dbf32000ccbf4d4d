import {
  createDataKey,
  openWith,
  readEnvelope,
  sealWith,
  unwrapDataKey,
  type DataKey,
  type Envelope,
} from './envelope';
import type { KeyRing } from './key-ring';

/** Seals and opens like `seal` and `open`, for hot paths: data keys are used many times. */
export interface Sealer {
  seal(plaintext: string, aad: string): string;
  open(sealed: string, aad: string): string;
}

export interface SealerOptions {
  /** Milliseconds of a clock that does not jump. */
  now?: () => number;
  /** Seals under one data key; the default stays far below what random IVs allow. */
  maxSeals?: number;
  /** How many unwrapped data keys are remembered for opening. */
  rememberedKeys?: number;
}

const hour = 3_600_000;

/** A sealer that changes its data key after 2^20 seals or an hour, and remembers the keys it unwrapped to open. */
export function createSealer(ring: KeyRing, options: SealerOptions = {}): Sealer {
  const { now = () => performance.now(), maxSeals = 2 ** 20, rememberedKeys = 1_000 } = options;
  const current = rotateDataKey(ring, now, maxSeals);
  const unwrap = rememberUnwrapped(ring, rememberedKeys);
  return {
    seal: (plaintext, aad) => sealWith(current(), plaintext, aad),
    open(sealed, aad) {
      const envelope = readEnvelope(sealed);
      return openWith(unwrap(envelope), envelope, aad);
    },
  };
}

function rotateDataKey(ring: KeyRing, now: () => number, maxSeals: number): () => DataKey {
  let dataKey: DataKey | undefined;
  let seals = 0;
  let madeAt = 0;
  return () => {
    if (!dataKey || seals >= maxSeals || now() - madeAt >= hour) {
      dataKey = createDataKey(ring);
      seals = 0;
      madeAt = now();
    }
    seals += 1;
    return dataKey;
  };
}

function rememberUnwrapped(ring: KeyRing, limit: number): (envelope: Envelope) => Buffer {
  const known = new Map<string, Buffer>();
  return (envelope) => {
    const name = `${envelope.keyId}.${envelope.wrapped}`;
    const key = known.get(name) ?? unwrapDataKey(ring, envelope);
    // Re-inserting keeps the map in order of use, so the first one is the longest unused.
    known.delete(name);
    known.set(name, key);
    if (known.size > limit) known.delete(known.keys().next().value ?? name);
    return key;
  };
}
