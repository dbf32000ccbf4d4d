import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, waitForCount } from '@patchbay/testing';
import { connect } from 'amqplib';
import { createMessaging } from './messaging';
import { PublishFailed } from './publish-failed';
import type { Delivery, Messaging } from './types';

const programs = '/usr/lib/rabbitmq/bin';
const available = existsSync(join(programs, 'rabbitmq-server'));
if (!available) process.stderr.write(`skipped: a broker that fails needs a local RabbitMQ in ${programs}\n`);

jest.setTimeout(60_000);

/** What only a broker of one's own can be made to do; left out where there is no local server. */
(available ? describe : describe.skip)('messaging on a broker that fails', () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  let server: ChildProcess;
  let url: string;
  let messaging: Messaging | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'patchbay-broker-'));
    const [amqp, distribution, epmd] = await freePorts(3);
    url = `amqp://127.0.0.1:${amqp}`;
    environment = prepare(folder, { amqp: amqp!, distribution: distribution!, epmd: epmd! });
    await start();
  });
  afterEach(() => messaging?.close(1_000));
  afterAll(() => {
    server.kill('SIGCONT');
    server.kill('SIGKILL');
    try {
      execFileSync('epmd', ['-port', String(environment.ERL_EPMD_PORT), '-kill'], {
        env: environment,
        stdio: 'ignore',
      });
    } catch {
      // It has gone with the node.
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function start() {
    server = spawn(join(programs, 'rabbitmq-server'), { env: environment, stdio: 'ignore', cwd: folder });
    await eventually('the broker answers', () => connect(url).then((model) => model.close().then(() => true)), 40_000);
  }

  async function setup(queue: string, publishMs = 1_500) {
    const topology = {
      exchanges: [],
      queues: [{ name: queue, arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 20 }, bindings: [] }],
    };
    const ignore = () => undefined;
    const options = { urls: [url], name: queue, topology, logger: { info: ignore, warn: ignore, error: ignore } };
    const made = createMessaging(options, {
      publishMs,
      connectMs: 2_000,
      reconnect: { shortestMs: 50, longestMs: 500 },
    });
    messaging = made;
    await made.ready();
    const publisher = made.publisher('test');
    const send = (messageId: string) =>
      publisher.publish({ exchange: '', routingKey: queue, body: '{}', messageId, type: 'test' });
    const reason = (messageId: string) =>
      send(messageId).then(
        () => 'stored',
        (error: unknown) => (error instanceof PublishFailed ? error.reason : String(error)),
      );
    const seen = waitForCount<Delivery>([], 'deliveries');
    const consume = (handler: (delivery: Delivery) => Promise<'ack'>) =>
      made.consume({
        queue,
        prefetch: 10,
        handler: (delivery) => {
          seen.add(delivery);
          return handler(delivery);
        },
      });
    return { send, reason, seen, consume, messaging: made };
  }

  it('R1.20 an ack that takes too long: the channel is made anew, the message given out again', async () => {
    const { send, seen, consume, messaging: made } = await setup('slow');
    consume((delivery) =>
      delivery.redelivered
        ? Promise.resolve('ack')
        : new Promise((resolve) => delivery.lost.addEventListener('abort', () => resolve('ack'))),
    );
    await send('m1');
    const [first, again] = await seen.wait(2, 20_000);
    expect([first?.redelivered, again?.redelivered, first?.lost.aborted]).toEqual([false, true, true]);
    await eventually('healthy', () => made.fault() === undefined);
  });

  it('R1.6 memory alarm: publishes settle as blocked, consuming goes on, what was stored is there', async () => {
    const { send, reason, seen, consume } = await setup('alarmed');
    await send('m1');
    control('set_vm_memory_high_watermark', 'absolute', '1MB');
    // The broker announces the alarm to whoever publishes.
    const reasons = await Promise.all([reason('m2'), reason('m3')]);
    expect(reasons.filter((each) => each === 'stored')).toEqual([]);
    await eventually('blocked', async () => (await reason('m4')) === 'blocked');
    consume(() => Promise.resolve('ack'));
    expect((await seen.wait(1))[0]?.messageId).toBe('m1');
    control('set_vm_memory_high_watermark', 'absolute', '2GB');
    await eventually('publishes go through again', async () => (await reason('m5')) === 'stored');
  });

  it('R1.5 R1.21 R1.22 frozen, then killed and back: every publish settles, nothing confirmed is lost', async () => {
    const { reason, consume, messaging: made } = await setup('killed');
    // A quorum queue younger than a second does not survive a kill.
    const stored = new Set(['m0']);
    await eventually('the first is stored', async () => (await reason('m0')) === 'stored');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    server.kill('SIGSTOP');
    expect(await reason('frozen')).toBe('timeout');
    server.kill('SIGCONT');
    const unsettled = Array.from({ length: 500 }, async (_, index) => {
      if ((await reason(`b${index}`)) === 'stored') stored.add(`b${index}`);
    });
    server.kill('SIGKILL');
    await Promise.all(unsettled);
    await once(server, 'exit').catch(() => undefined);
    await start();
    await eventually('a publish goes through', async () => (await reason('after')) === 'stored', 20_000);
    stored.add('after');
    const consumed = new Set<string | undefined>();
    consume(({ messageId }) => {
      consumed.add(messageId);
      return Promise.resolve('ack');
    });
    await eventually('all are there', () => [...stored].every((id) => consumed.has(id)));
    expect(made.fault()).toBeUndefined();
  });

  function control(...args: string[]): void {
    const node = String(environment.RABBITMQ_NODENAME);
    execFileSync(join(programs, 'rabbitmqctl'), ['-n', node, ...args], { env: environment, stdio: 'pipe' });
  }
});

function prepare(folder: string, ports: { amqp: number; distribution: number; epmd: number }): NodeJS.ProcessEnv {
  for (const name of ['data', 'log', 'home']) mkdirSync(join(folder, name));
  const settings = ['disk_free_limit.absolute = 50MB', 'vm_memory_high_watermark.absolute = 2GB'];
  const listener = `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`;
  writeFileSync(join(folder, 'rabbitmq.conf'), [listener, ...settings, ''].join('\n'));
  const quick = '[{rabbit, [{consumer_timeout, 3000}, {channel_tick_interval, 1000}]}].\n';
  writeFileSync(join(folder, 'advanced.config'), quick);
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: join(folder, 'home'),
    RABBITMQ_NODENAME: `faults${ports.amqp}@localhost`,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    // Without this a shell stays around the server and gets the signals in its place.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
