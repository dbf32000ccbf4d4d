import { isIP } from 'node:net';
import { generate } from 'selfsigned';

/** In PEM. */
export interface ServerCertificate {
  key: string;
  cert: string;
}

/** In PEM. */
export type ClientCertificate = ServerCertificate;

type CertificateExtension = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>[number];

/** An authority for one test run; nobody trusts it but those who are given `caPem`. */
export interface CertificateAuthority {
  caPem: string;
  /** A server certificate for these host names and IP addresses. */
  issue(names: string[]): Promise<ServerCertificate>;
  /** A client certificate with this common name, and its key. */
  issueClient(name: string): Promise<ClientCertificate>;
}

/** Makes a certificate authority, valid for a day; it and what it issues have keys of this type. */
export async function createCertificateAuthority(keyType: 'ec' | 'rsa' = 'ec'): Promise<CertificateAuthority> {
  const authority = await generate([{ name: 'commonName', value: 'Test authority' }], {
    ...basis(keyType),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const issue = async (commonName: string | undefined, extensions: CertificateExtension[]) => {
    const issued = await generate([{ name: 'commonName', value: commonName }], {
      ...basis(keyType),
      ca: { key: authority.private, cert: authority.cert },
      extensions: [{ name: 'basicConstraints', cA: false }, ...extensions],
    });
    return { key: issued.private, cert: issued.cert };
  };
  return {
    caPem: authority.cert,
    issue: (names) =>
      issue(names[0], [
        { name: 'extKeyUsage', serverAuth: true },
        { name: 'subjectAltName', altNames: names.map(alternativeName) },
      ]),
    issueClient: (name) => issue(name, [{ name: 'extKeyUsage', clientAuth: true }]),
  };
}

function basis(keyType: 'ec' | 'rsa') {
  const now = Date.now();
  const hour = 3_600_000;
  return {
    keyType,
    algorithm: 'sha256',
    notBeforeDate: new Date(now - hour),
    notAfterDate: new Date(now + 24 * hour),
  };
}

function alternativeName(name: string) {
  return isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name };
}
