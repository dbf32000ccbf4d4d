/** One authentication kind that `request.authentication` can name (language.md section 6). */
export interface AuthenticationKind {
  summary: string;
  /** Ids of its entries start with this. */
  prefix: string;
  /** JSON Schema of the `authentication` object. */
  schema: object;
  /** Whether it writes the Authorization header. */
  writesAuthorization: boolean;
  /** The headers that prove who calls; `user` is the entry id without its prefix. */
  authorise(user: string, secret: string): Record<string, string>;
}
