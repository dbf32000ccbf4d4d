import { isIP } from 'node:net';
import { generate } from 'selfsigned';

export interface ServerCertificate {
  key: string;
  cert: string;
}

/** An authority for one test run; nobody trusts it but those who are given `caPem`. */
export interface CertificateAuthority {
  caPem: string;
  /** A server certificate for these host names and IP addresses. */
  issue(names: string[]): Promise<ServerCertificate>;
}

/** Makes a certificate authority with an elliptic key, valid for a day. */
export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const authority = await generate([{ name: 'commonName', value: 'Test authority' }], {
    ...validity(),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    caPem: authority.cert,
    async issue(names) {
      const issued = await generate([{ name: 'commonName', value: names[0] }], {
        ...validity(),
        ca: { key: authority.private, cert: authority.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', serverAuth: true },
          { name: 'subjectAltName', altNames: names.map(alternativeName) },
        ],
      });
      return { key: issued.private, cert: issued.cert };
    },
  };
}

function validity() {
  const now = Date.now();
  const hour = 3_600_000;
  return {
    keyType: 'ec' as const,
    algorithm: 'sha256',
    notBeforeDate: new Date(now - hour),
    notAfterDate: new Date(now + 24 * hour),
  };
}

function alternativeName(name: string) {
  return isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name };
}
