/** Where the customer services answer, and the certificate authority that callers need to trust. */
export class Addresses {
  constructor(
    /** `https://localhost:PORT` */
    readonly endpoint: string,
    /** The path of the authority's certificate, PEM. */
    readonly ca: string,
  ) {}
}
