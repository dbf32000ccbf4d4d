import { queueNames, type ResultMessage } from '@patchbay/contracts';
import { createMessaging, type Messaging } from '@patchbay/messaging';
import { createLogger, hashToken, type RunningService } from '@patchbay/service-kit';
import { createTestBroker, eventually, type TestBroker } from '@patchbay/testing';
import axios, { type AxiosInstance } from 'axios';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from './config';
import { startSandbox } from './start-sandbox';

const day = [
  'call_id,line,type,vru_entry,vru_exit,q_start,q_exit,outcome,ser_start,ser_exit,agent',
  '1,AA,PS,0:00:10,0:00:20,0:00:20,0:00:50,AGENT,0:00:51,0:01:00,agent-01',
  '2,AA,PS,0:00:15,0:00:25,0:00:25,0:00:40,HANG,0:00:00,0:00:00,',
].join('\r\n');

interface Published {
  routingKey: string;
  messageId: string | undefined;
  body: { id: string; event: { name: string; datetime: string }; contact: { guid: string; created: string } };
}

describe('the sandbox', () => {
  const silent = createLogger('sandbox', 'error', { write: () => undefined });
  let broker: TestBroker;
  let folder: string;
  let service: RunningService;
  let messaging: Messaging;
  let operator: AxiosInstance;
  let viewer: AxiosInstance;

  const client = (token: string) =>
    axios.create({
      baseURL: service.url,
      headers: { authorization: `Bearer ${token}` },
      proxy: false,
      validateStatus: () => true,
    });

  beforeAll(async () => {
    broker = await createTestBroker();
    folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
    const tokensFile = join(folder, 'tokens.json');
    const tokens = ['operator', 'viewer'].map((role) => ({ name: role, sha256: hashToken(role), roles: [role] }));
    writeFileSync(tokensFile, JSON.stringify({ tokens }));
    const settings = readConfig({
      AMQP_URL: broker.amqpUrl,
      PATCHBAY_SANDBOX_FOLDER: join(folder, 'sandbox'),
      PATCHBAY_TOKENS_FILE: tokensFile,
    });
    service = await startSandbox(settings, silent, { signals: false });
    messaging = createMessaging({
      urls: [broker.amqpUrl],
      name: 'spec',
      topology: { exchanges: [], queues: [] },
      logger: silent,
    });
    await messaging.ready();
    operator = client('operator');
    viewer = client('viewer');
  }, 30_000);

  afterAll(async () => {
    await messaging.close();
    await service.close();
    await broker.remove();
    rmSync(folder, { recursive: true });
  });

  /** Everything that reaches the intake until `enough`. */
  async function collectIntake(enough: (published: Published[]) => boolean): Promise<Published[]> {
    const published: Published[] = [];
    const consumer = await new Promise<ReturnType<Messaging['consume']>>((resolve) => {
      const consumer = messaging.consume({
        queue: queueNames.intake,
        prefetch: 100,
        handler: async ({ routingKey, messageId, body }) => {
          published.push({ routingKey, messageId, body: JSON.parse(body.toString()) });
          if (enough(published)) setImmediate(resolve, consumer);
          return 'ack';
        },
      });
    });
    await consumer.stop(5_000);
    return published;
  }

  it('tells its addresses to a viewer and nothing else', async () => {
    expect((await viewer.get('/v1/addresses')).data).toEqual({
      endpoint: expect.stringMatching(/^https:\/\/localhost:\d+$/),
      ca: join(folder, 'sandbox', 'ca.pem'),
    });
    expect((await viewer.get('/v1/ledger')).status).toBe(403);
    expect((await axios.get(`${service.url}/v1/addresses`, { proxy: false, validateStatus: null })).status).toBe(401);
  });

  it('replays a recorded day in order, stamped with the time of sending, and counts it', async () => {
    const file = join(folder, 'day.csv');
    writeFileSync(file, day);
    const before = Date.now();
    expect((await operator.post('/v1/replay', { file, neighbours: false })).status).toBe(202);
    const published = await collectIntake(({ length }) => length === 8);
    expect(published.map(({ routingKey }) => routingKey)).toEqual([
      'conversation.received',
      'conversation.received',
      'conversation.queued',
      'conversation.queued',
      'conversation.abandoned',
      'conversation.allocated',
      'conversation.accepted',
      'conversation.ended',
    ]);
    const times = published.filter(({ body }) => body.contact.guid === '1-AA').map(({ body }) => body.event.datetime);
    expect(times).toEqual([...new Set(times)].sort());
    expect(Date.parse(times[0]!)).toBeGreaterThanOrEqual(before);
    expect(published.every(({ messageId, body }) => messageId === body.id)).toBe(true);
    expect((await operator.get('/v1/replay')).data).toMatchObject({
      status: 'done',
      calls: 2,
      total: 8,
      sent: 8,
      again: 0,
      counts: { received: 2, queued: 2, abandoned: 1, allocated: 1, accepted: 1, ended: 1 },
    });
  });

  it('refuses to replay what is no recorded day, saying why', async () => {
    const missing = await operator.post('/v1/replay', { file: '/nowhere.csv' });
    expect(missing.status).toBe(400);
    expect(missing.data.errors[0]).toMatchObject({ path: 'file', message: expect.stringContaining('ENOENT') });
    const wrong = await operator.post('/v1/replay', { file: join(folder, 'tokens.json') });
    expect(wrong.data.errors[0].message).toMatch(/line 1: expected the columns/);
  });

  it('plays conversations, each in the order of its life, to their end', async () => {
    const order = { conversations: 20, ratePerSecond: 1_000, pace: 1_000, neighbours: false };
    expect((await operator.post('/v1/play', order)).status).toBe(202);
    const over = ['ended', 'abandoned', 'closed'];
    const published = await collectIntake((sofar) => {
      const ended = new Set(sofar.filter(({ body }) => over.includes(body.event.name)).map((p) => p.body.contact.guid));
      return ended.size === 20;
    });
    const progress = await eventually('all played', async () => {
      const { data } = await operator.get('/v1/play');
      return data.running === 0 && data.ended === 20 && data;
    });
    expect(progress).toMatchObject({ playing: false, begun: 20, again: 0 });
    for (const guid of new Set(published.map(({ body }) => body.contact.guid))) {
      const own = published.filter(({ body }) => body.contact.guid === guid).map(({ body }) => body.event.datetime);
      expect(own).toEqual([...own].sort());
    }
  });

  it('takes results as routing and agent desktop once told to', async () => {
    const result: ResultMessage = {
      id: 'r-1',
      event: { id: 'e-1', name: 'received', datetime: new Date().toISOString() },
      contact: { id: 'leg', guid: 'conversation', channel_type: 'phone', direction: 'inbound' },
      integration: { id: 'i', name: 'Route', ordinal: 1, version: 1 },
      expires: new Date(Date.now() + 60_000).toISOString(),
      set: { priority: 10 },
      save: { tier: 'gold' },
    };
    const publisher = messaging.publisher('spec');
    const message = { exchange: 'patchbay.results', routingKey: 'phone.inbound.set.save', type: 't' };
    const send = () => publisher.publish({ ...message, messageId: result.id, body: JSON.stringify(result) });
    await send();
    await send();
    expect((await operator.get('/v1/desktop')).data.counts.shown).toBe(0);
    await operator.post('/v1/play', { conversations: 1, pace: 1_000 });
    const desktop = await eventually('both arrived', async () => {
      const { data } = await operator.get('/v1/desktop');
      return data.counts.repeated === 1 && data;
    });
    expect(desktop.conversations).toEqual([{ conversation: 'conversation', contact: 'leg', data: { tier: 'gold' } }]);
    const routing = await eventually('both arrived', async () => {
      const { data } = await operator.get('/v1/routing');
      return data.counts.repeated === 1 && data;
    });
    expect(routing.conversations[0].changes).toMatchObject([{ operation: 'priority', value: 10 }]);
  });

  it('keeps a ledger and plans faults, and names every fault of a wrong plan', async () => {
    expect((await operator.get('/v1/ledger?since=0&path=/events')).data).toEqual({ entries: [] });
    expect((await operator.post('/v1/faults', { path: '/events', status: 503, times: 2 })).data.faults).toHaveLength(1);
    expect((await operator.delete('/v1/faults')).status).toBe(204);
    expect((await operator.get('/v1/faults')).data).toEqual({ faults: [] });
    const wrong = await operator.post('/v1/faults', { path: 'events', status: 7 });
    expect(wrong.status).toBe(400);
    expect([...new Set(wrong.data.errors.map(({ path }: { path: string }) => path))]).toEqual(['path', 'status']);
  });
});
