import type { Json } from '../json';

/** One property of `configuration.request` (language.md section 5). */
export interface RequestProperty {
  summary: string;
  /** What holds when it is absent, in words. */
  default: string;
  required?: boolean;
  /** JSON Schema of its value. */
  schema: object;
  /** Values it takes, or refuses with the fault's code; they run as tests on an otherwise good integration. */
  examples: { value: Json; fault?: string; warning?: string }[];
}
