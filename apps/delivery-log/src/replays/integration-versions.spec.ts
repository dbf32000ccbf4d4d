import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Integration } from '@patchbay/edi';
import { IntegrationVersions, NoAnswer } from './integration-versions';

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()));

const record = { id: 'i', name: 'then', version: 3, authentications: ['api-key'], suspended: null, createdAt: 'c' };

/** A config-service that answers every request with this. */
async function setup(status: number, body: object = {}) {
  const asked: { request: IncomingMessage; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += String(part);
    asked.push({ request, body: text });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'versions-'));
  cleanups.push(() => (server.close(), rmSync(folder, { recursive: true })));
  writeFileSync(join(folder, 'token'), 'a token\n');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, versions: IntegrationVersions.at(url, join(folder, 'token')) };
}

describe('versions of integrations', () => {
  it('are asked for once each, with the token', async () => {
    const { asked, versions } = await setup(200, { items: [{ version: 3, integration: record }] });
    expect(await versions.versionOf('i', 3)).toEqual(record);
    expect(await versions.versionOf('i', 3)).toEqual(record);
    expect(asked.map(({ request }) => [request.url, request.headers.authorization])).toEqual([
      ['/v1/integrations/i/versions', 'Bearer a token'],
    ]);
  });

  it('that do not exist are undefined', async () => {
    expect(await (await setup(404)).versions.versionOf('i', 3)).toBeUndefined();
    expect(await (await setup(200, { items: [] })).versions.versionOf('i', 3)).toBeUndefined();
  });

  it.each([500, 503, 401])('are not taken for gone when the answer is %d', async (status) => {
    await expect((await setup(status)).versions.versionOf('i', 3)).rejects.toThrow(NoAnswer);
  });

  it('are previewed as an administrator would write them', async () => {
    const { asked, versions } = await setup(200, { method: 'POST' });
    expect(await versions.preview('i', { id: 'e' } as never, record as unknown as Integration)).toEqual({
      method: 'POST',
    });
    expect(JSON.parse(asked[0]!.body)).toEqual({
      event: { id: 'e' },
      integration: { name: 'then', authentications: [{ id: 'api-key' }] },
    });
  });
});
