import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificate } from './certificate';

function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

const year = 365 * 24 * 60 * 60 * 1000;

describe('the certificate of the sandbox', () => {
  it('is signed by its own authority for localhost and the loopback addresses', async () => {
    const { folder, remove } = setup();
    const { ca, cert } = await ensureCertificate(folder);
    const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)];
    expect(authority.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.checkHost('localhost')).toBe('localhost');
    expect([server.checkIP('127.0.0.1'), server.checkIP('::1')]).toEqual(['127.0.0.1', '::1']);
    remove();
  });

  it('lies in files that only the owner can read', async () => {
    const { folder, remove } = setup();
    const { caFile, ca } = await ensureCertificate(folder);
    expect(caFile).toBe(join(folder, 'ca.pem'));
    expect(readFileSync(caFile, 'utf8')).toBe(ca);
    expect(statSync(caFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'server.key.pem')).mode & 0o777).toBe(0o600);
    remove();
  });

  it('is kept over restarts while it is valid', async () => {
    const { folder, remove } = setup();
    const first = await ensureCertificate(folder);
    expect(await ensureCertificate(folder)).toEqual(first);
    remove();
  });

  it('is made anew when it is about to expire', async () => {
    const { folder, remove } = setup();
    const first = await ensureCertificate(folder);
    const later = await ensureCertificate(folder, new Date(Date.now() + year));
    expect(later.ca).not.toBe(first.ca);
    remove();
  });

  it('is made anew when a file of it is damaged', async () => {
    const { folder, remove } = setup();
    const first = await ensureCertificate(folder);
    writeFileSync(join(folder, 'server.pem'), 'no certificate');
    const again = await ensureCertificate(folder);
    expect(again.cert).not.toBe(first.cert);
    remove();
  });
});
