import type { Contact } from '../event';
import type { Json } from '../json';
import type { Phase } from '../lifecycle';
import type { Partly } from '../value-tree';

/** What came of a set operation: the value to publish, or why it is not done. */
export type SetReading = { value: Json } | { notDone: string };

/** One routing change (language.md section 7). */
export interface SetOperation {
  summary: string;
  /** JSON Schema of the configured value. */
  schema: object;
  /** The phases of an inbound contact in which routing can apply it. */
  phases: readonly Phase[];
  /** Converts the rendered value; parts of it that were missing, null or empty are undefined. */
  read(value: Partly, contact: Contact): SetReading;
  /** Rendered value in, reading out; they run as tests. */
  examples: { given: Partly; contact?: Partial<Contact>; reading: SetReading }[];
}
