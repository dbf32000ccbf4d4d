import {
  eventRoutingKey,
  exchangeNames,
  laneOf,
  messageTypes,
  queueNames,
  rungs,
  topology,
  type OutcomeBatch,
  type SnapshotIntegration,
} from '@patchbay/contracts';
import { createMessaging, publishUntilConfirmed } from '@patchbay/messaging';
import { createTestBroker } from '@patchbay/testing';
import { connect } from 'amqplib';
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preciseNow } from './service';

const lanes = 16;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The built dispatcher as a process, over a virtual host of its own, told by a config server of ours what to do. */
export interface DispatcherProcess {
  /** Gives it these integrations; resolves when it works by them, seen by an event for `probeQueue` that goes through. */
  configure(integrations: SnapshotIntegration[], probeQueue: string): Promise<void>;
  /** Publishes an event of a new conversation in a queue; resolves when its record says that it has been worked on. */
  react(queueId: string): Promise<void>;
  /** Throws away what waits for another try. */
  forgetRetries(): Promise<void>;
  stop(): Promise<void>;
}

/** The environment names the broker, as for tests; dist/ must have the dispatcher. */
export async function startDispatcherProcess(caPem: string): Promise<DispatcherProcess> {
  const broker = await createTestBroker();
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-bench-'));
  const config = await startConfigServer();
  const messaging = createMessaging({
    urls: [broker.amqpUrl],
    name: 'bench',
    topology: topology({ lanes }),
    logger: silent,
  });
  await messaging.ready();
  const publisher = messaging.publisher('bench');
  const waiting = new Map<string, (revision: number) => void>();
  messaging.consume({
    queue: queueNames.outcomes,
    prefetch: 50,
    handler: async ({ body }) => {
      for (const { eventId, configRevision } of (JSON.parse(body.toString()) as OutcomeBatch).records) {
        waiting.get(eventId)?.(configRevision);
        waiting.delete(eventId);
      }
      return 'ack';
    },
  });
  const main = join(process.argv[1]!, '../../apps/dispatcher/main.js');
  const env = environment({ folder, amqpUrl: broker.amqpUrl, configUrl: config.url, caPem });
  // Nothing but figures goes to our own output.
  const child = spawn(process.execPath, ['--enable-source-maps', main], { env, stdio: ['ignore', 2, 2] });
  // However we end, it ends with us.
  process.once('exit', () => child.kill('SIGKILL'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

  async function react(queueId: string): Promise<number> {
    const event = anEvent(queueId);
    const ended = new Promise<number>((resolve) => waiting.set(event.id, resolve));
    const { guid, channel_type, direction } = event.contact;
    await publishUntilConfirmed(publisher, {
      exchange: exchangeNames.events,
      routingKey: eventRoutingKey(laneOf(guid, lanes), channel_type, direction, event.event.name),
      body: JSON.stringify(event),
      messageId: event.id,
      type: messageTypes.event,
    });
    return ended;
  }

  return {
    async configure(integrations, probeQueue) {
      const revision = config.give(integrations);
      await publishUntilConfirmed(publisher, {
        exchange: exchangeNames.config,
        routingKey: '',
        body: JSON.stringify({ revision }),
        messageId: randomUUID(),
        type: messageTypes.configChanged,
      });
      while ((await react(probeQueue)) < revision);
    },
    react: async (queueId) => void (await react(queueId)),
    async forgetRetries() {
      const connection = await connect(broker.amqpUrl);
      const channel = await connection.createChannel();
      for (const { name } of rungs) await channel.purgeQueue(name);
      await connection.close();
    },
    async stop() {
      // At once: calls that hang would be waited for, and all it holds is thrown away.
      child.kill('SIGKILL');
      await messaging.close();
      await broker.remove();
      config.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function environment(place: { folder: string; amqpUrl: string; configUrl: string; caPem: string }) {
  const file = (name: string, text: string) => {
    writeFileSync(join(place.folder, name), text);
    return join(place.folder, name);
  };
  const key = { active: 'k1', keys: { k1: randomBytes(32).toString('base64') } };
  const keys = file('keys.json', JSON.stringify(key));
  return {
    AMQP_URL: place.amqpUrl,
    PATCHBAY_CONFIG_URL: place.configUrl,
    PATCHBAY_LANES: String(lanes),
    PATCHBAY_LOG_LEVEL: 'error',
    PATCHBAY_TOKENS_FILE: file('tokens.json', JSON.stringify({ tokens: [] })),
    PATCHBAY_SERVICE_TOKEN_FILE: file('token', 'bench'),
    PATCHBAY_CREDENTIALS_KEYS_FILE: keys,
    PATCHBAY_PAYLOADS_KEYS_FILE: keys,
    PATCHBAY_SNAPSHOT_FILE: join(place.folder, 'snapshot'),
    PATCHBAY_OUTBOUND_CA_FILE: file('ca.pem', place.caPem),
    PATCHBAY_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
  };
}

/** Answers as config-service does: who names the revision there is gets no body. */
async function startConfigServer() {
  let revision = 0;
  let integrations: SnapshotIntegration[] = [];
  const server = createServer((request, response) => {
    if (request.headers['if-none-match'] === `"${revision}"`) return void response.writeHead(304).end();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ revision, full: true, integrations, deleted: [] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The revision that these are. */
    give(next: SnapshotIntegration[]): number {
      integrations = next;
      return ++revision;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** In its lane, of a conversation of its own; says in its attached data when it was made. */
function anEvent(queueId: string) {
  const now = new Date().toISOString();
  return {
    id: randomUUID(),
    event: { name: 'queued', datetime: now },
    acceptedAt: now,
    contact: {
      id: randomUUID(),
      guid: randomUUID(),
      channel_type: 'phone' as const,
      channel_sub_type: null,
      direction: 'inbound' as const,
      created: now,
      language: 'EN',
      priority: 100,
      skills: [],
      queue: { id: queueId, address: 'phone.queue@example.com' },
      forwarding_queue: null,
      agent: null,
      preferred_agent: null,
      transferring_agent: null,
      required_agents: null,
      source: '+358401234567',
      destination: '+358942720000',
      attached_data: { sent_at: preciseNow() },
    },
  };
}
