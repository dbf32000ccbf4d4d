import type { JsonObject } from '../json';
import type { Authorisation } from './authorisation';

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
   * What proves who calls. `name` is the entry id without its prefix; `configured` is the `authentication` object, and
   * has passed `schema`.
   */
  authorise: (name: string, secret: string, configured: JsonObject) => Authorisation;
  /** What is wrong with an entry, in a sentence that does not repeat its secret; undefined when nothing is. */
  entryFault?: (name: string, secret: string) => string | undefined;
  /** They run as tests; `headers` only where they can be told beforehand. */
  examples: { authentication: JsonObject; entryId: string; secret: string; headers?: Record<string, string> }[];
}
