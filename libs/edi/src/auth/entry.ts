import type { JsonObject } from '../json';

/** One authentication kind that `request.authentication` can name (language.md section 6). */
export interface AuthenticationKind {
  summary: string;
  /** Ids of its entries start with this. */
  prefix: string;
  /** What the rest of the entry id is, e.g. `username`. */
  names: string;
  /** What the secret of an entry holds. */
  secret: string;
  /** JSON Schema of the `authentication` object. */
  schema: object;
  /** Whether it writes the Authorization header, which a configuration then may not. */
  writesAuthorization: boolean;
  /**
   * The headers that prove who calls, where they can be told beforehand; `name` is the entry id without its prefix.
   * Absent: this version cannot speak it yet, and a configuration that names it is refused.
   */
  authorise?: (name: string, secret: string) => Record<string, string>;
  /** They run as tests; `headers` only where they can be told beforehand. */
  examples: { authentication: JsonObject; entryId: string; secret: string; headers?: Record<string, string> }[];
}
