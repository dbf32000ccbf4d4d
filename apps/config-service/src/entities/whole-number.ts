import type { ValueTransformer } from 'typeorm';

/** bigint columns arrive as text; ours stay far below 2^53. */
export const wholeNumber: ValueTransformer = {
  from: (stored: string | null) => (stored === null ? null : Number(stored)),
  to: (value: unknown) => value,
};
