import { X509Certificate, createPrivateKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** What the HTTPS endpoint serves with, and where the certificate of the authority behind it lies. */
export interface ServerCertificate {
  caFile: string;
  ca: string;
  cert: string;
  key: string;
}

const names = ['localhost', '127.0.0.1', '::1'];
const validDays = 365;
/** A certificate about to expire is as good as expired: a demonstration may run for days. */
const spareDays = 14;
const day = 24 * 60 * 60 * 1000;

/**
 * The sandbox's own certificate authority and server certificate, in `folder` as PEM files readable by the owner only.
 * Kept over restarts while valid for 14 more days, else made anew.
 */
export async function ensureCertificate(folder: string, now = new Date()): Promise<ServerCertificate> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return readCertificate(folder, now) ?? (await makeCertificate(folder, now));
}

const fileOf = (folder: string) => ({
  ca: join(folder, 'ca.pem'),
  cert: join(folder, 'server.pem'),
  key: join(folder, 'server.key.pem'),
});

function readCertificate(folder: string, now: Date): ServerCertificate | undefined {
  const files = fileOf(folder);
  if (!Object.values(files).every((file) => existsSync(file))) return undefined;
  const [ca, cert, key] = [files.ca, files.cert, files.key].map((file) => readFileSync(file, 'utf8'));
  const kept = { caFile: files.ca, ca: ca!, cert: cert!, key: key! };
  return isUsable(kept, now) ? kept : undefined;
}

function isUsable({ ca, cert, key }: ServerCertificate, now: Date): boolean {
  try {
    const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)];
    const soon = now.getTime() + spareDays * day;
    const lasts = [authority, server].every((one) => Date.parse(one.validTo) > soon);
    return lasts && server.verify(authority.publicKey) && server.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

async function makeCertificate(folder: string, now: Date): Promise<ServerCertificate> {
  const common = {
    keyType: 'ec' as const,
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - day),
    notAfterDate: new Date(now.getTime() + validDays * day),
  };
  const authority = await generate([{ name: 'commonName', value: 'Patchbay sandbox authority' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...common,
    ca: { cert: authority.cert, key: authority.private },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names.map(alternativeName) },
    ],
  });
  const files = fileOf(folder);
  // The authority's private key is kept nowhere: nobody can make further certificates that Patchbay would trust.
  write(files.ca, authority.cert);
  write(files.cert, server.cert);
  write(files.key, server.private);
  return { caFile: files.ca, ca: authority.cert, cert: server.cert, key: server.private };
}

function alternativeName(name: string): { type: 2; value: string } | { type: 7; ip: string } {
  return isIP(name) ? { type: 7, ip: name } : { type: 2, value: name };
}

/** Never half a file: another process may be reading it. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
