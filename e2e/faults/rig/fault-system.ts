import { queueNames, topology, type ResultMessage } from '@patchbay/contracts';
import { createMessaging, type Messaging } from '@patchbay/messaging';
import { createCertificateAuthority, eventually } from '@patchbay/testing';
import axios from 'axios';
import { execFile } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../src/launcher';
import { BrokerNode } from './broker-node';
import { CallEndpoint } from './call-endpoint';
import { DatabaseServer } from './database-server';
import { canary, integrationsAt, services as serviceNames, type ServiceName } from './integrations';
import { startLink, type Link } from './link';
import { lasting, Load, type Sent } from './load';
import { judge, type DeliveryRow } from './oracle';
import { Servers } from './servers';
import { Service } from './service';

/** Every wait of the retry ladder is divided by this. */
const timeScale = 50;

/** Where the bundles of the services lie; others take their place when bugs are planted. */
const apps = join(root, process.env['PATCHBAY_FAULT_APPS'] ?? 'dist/apps');

export interface FaultSystemOptions {
  dispatchers?: number;
  /** Of every service. */
  env?: Record<string, string>;
  /** As in an integration's `delivery`. */
  delivery?: object;
  /** Nobody takes results, so that they wait, until `takeResults`. */
  withoutInbox?: boolean;
  /** The services that every event calls; all of them by default. */
  services?: readonly ServiceName[];
  /** Puts a link that can be cut between a dispatcher or event-ingest and the broker. */
  links?: boolean;
  /** A cluster of so many brokers; the services know all of them. */
  brokers?: number;
}

/** A row of the table that the suite ends with: what was new since the row before. */
export interface FaultRow {
  fault: string;
  accepted: number;
  lost: number;
  unexpected: number;
  duplicateCalls: number;
  overlaps: number;
  outOfOrder: number;
  /** Every invariant that does not hold, in words; the numbers above included. */
  violations: string[];
  /** From the end of the fault to the next call; null where the fault has no such end. */
  recoveryMs: number | null;
}

/** A whole system of a test's own, everything of which can be killed: broker, database, services, links. */
export class FaultSystem {
  readonly messaging: Messaging;
  readonly load: Load;
  /** What routing and agent desktop got, repeats included. */
  readonly results: ResultMessage[] = [];
  /** Ids of integrations by name. */
  readonly integrationIds: Record<string, string> = {};
  readonly token: string;
  /** Whether the results were taken; else they may wait. */
  private inboxIsOpen = false;
  private readonly called: readonly ServiceName[];

  private constructor(
    readonly folder: string,
    private readonly servers: Servers,
    readonly brokers: BrokerNode[],
    readonly database: DatabaseServer,
    readonly endpoint: CallEndpoint,
    readonly dispatchers: Service[],
    readonly eventIngest: Service,
    readonly deliveryLog: Service,
    readonly configService: Service,
    readonly links: { dispatcher?: Link; eventIngest?: Link },
    token: string,
    options: FaultSystemOptions,
  ) {
    this.token = token;
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const urls = brokers.map(({ amqpUrl }) => amqpUrl);
    this.messaging = createMessaging({ urls, name: 'faults', topology: topology({ timeScale }), logger: silent });
    this.load = new Load(this.messaging);
    this.called = options.services ?? serviceNames;
    if (!options.withoutInbox) this.takeResults();
  }

  static async start(options: FaultSystemOptions = {}): Promise<FaultSystem> {
    const folder = mkdtempSync(join(tmpdir(), 'patchbay-fault-'));
    // The database runs as a user of its own.
    chmodSync(folder, 0o711);
    const servers = new Servers();
    try {
      return await FaultSystem.startIn(folder, servers, options);
    } catch (error) {
      await servers.end();
      throw error;
    }
  }

  private static async startIn(folder: string, servers: Servers, options: FaultSystemOptions): Promise<FaultSystem> {
    const { dispatchers: replicas = 1, brokers: size = 1 } = options;
    const names = ['configService', 'deliveryLog', 'eventIngest', 'sandbox', 'sandboxEndpoint'];
    const numbered = Array.from({ length: replicas }, (_, replica) => `dispatcher${replica}`);
    const [brokers, database, endpoint, ports, keys] = await Promise.all([
      startBrokers(servers, folder, size),
      DatabaseServer.start(servers, join(folder, 'database')),
      startEndpoint(folder),
      servers.tell<Record<string, number>>('ports', [...names, ...numbered]),
      servers.tell<{ token: string }>('keys', join(folder, 'keys')),
    ]);
    const broker = brokers[0]!;
    const links: FaultSystem['links'] = options.links ? await startLinks(broker) : {};
    const amqpUrl = brokers.map((each) => each.amqpUrl).join(',');
    const settings = {
      keys,
      amqpUrl,
      databaseUrl: database.databaseUrl,
      urls: { configService: `http://127.0.0.1:${ports['configService']}` },
      sandboxFolder: folder,
    };
    const environmentOf = async (name: string, port: number, more: object = {}) => {
      const own = { ...settings, ...more, ports: { [urlNameOf(name)]: port } };
      const all = await servers.tell<Record<string, Record<string, string>>>('environments', own);
      const common = { PATCHBAY_TIME_SCALE: String(timeScale), ...options.env };
      return { ...all[name]!, ...(name === 'config-service' ? {} : common) };
    };
    const make = async (name: string, port: number, more: object = {}, env: Record<string, string> = {}, as = name) =>
      new Service(
        as,
        join(apps, name, 'main.js'),
        { ...(await environmentOf(name, port, more)), ...env },
        join(folder, `${as}.log`),
        (pid) => void servers.tell('own', pid).catch(() => undefined),
      );
    const configService = await make('config-service', ports['configService']!);
    const deliveryLog = await make('delivery-log', ports['deliveryLog']!);
    const eventIngest = await make('event-ingest', ports['eventIngest']!, through(links.eventIngest));
    const dispatchers = await Promise.all(
      numbered.map((name, replica) =>
        make(
          'dispatcher',
          ports[name]!,
          { ...through(links.dispatcher), snapshotFile: join(folder, `snapshot.${replica}.json`) },
          { PATCHBAY_REPLICA: String(replica) },
          `dispatcher.${replica}`,
        ),
      ),
    );
    await migrate(database.databaseUrl);
    const system = new FaultSystem(
      folder,
      servers,
      brokers,
      database,
      endpoint,
      dispatchers,
      eventIngest,
      deliveryLog,
      configService,
      links,
      keys.token,
      options,
    );
    try {
      await system.begin(options);
    } catch (error) {
      await system.stop();
      throw error;
    }
    return system;
  }

  get broker(): BrokerNode {
    return this.brokers[0]!;
  }

  get dispatcher(): Service {
    return this.dispatchers[0]!;
  }

  get services(): Service[] {
    return [...this.dispatchers, this.eventIngest, this.deliveryLog, this.configService];
  }

  rest(service: Service) {
    return axios.create({
      baseURL: service.url,
      headers: { authorization: `Bearer ${this.token}` },
      proxy: false,
      timeout: 20_000,
      validateStatus: () => true,
    });
  }

  /** Creates an integration; resolves with its id. */
  async createIntegration(integration: object): Promise<string> {
    const { status, data } = await this.rest(this.configService).post('/v1/integrations', integration);
    if (status !== 201) throw new Error(`the integration was refused with ${status}: ${JSON.stringify(data)}`);
    return data.id;
  }

  /** Resolves when every accepted event has ended in the record and no queue holds work. Throws with what is open. */
  async quiet(withinMs = 120_000): Promise<void> {
    const accepted = this.load.accepted().length;
    await eventually(
      `the ${accepted} accepted events have ended`,
      async () => {
        const open = await this.open();
        if (open > 0) await lasting(Math.round(200 + accepted / 50));
        if (open > 0)
          throw new Error(`${open} of ${accepted} are open; queues: ${JSON.stringify(await this.depths())}`);
        return true;
      },
      withinMs,
    );
    await eventually(
      'no queue holds work',
      async () => {
        const depths = await this.depths();
        if (Object.keys(depths).length > 0) throw new Error(JSON.stringify(depths));
        return true;
      },
      30_000,
    );
  }

  /** How many accepted events have not ended yet for every integration. */
  async open(): Promise<number> {
    const ids = this.load.accepted().map(({ id }) => id);
    const [row] = await this.database.query<{ open: string }>(
      `select count(*) as open from unnest($1::text[]) sent(id) where
         (select count(distinct integration_name) from deliveries where event_id = sent.id and status <> 'retrying') < $2`,
      [ids, this.called.length],
    );
    return Number(row!.open);
  }

  /** The queues that hold anything, rejected input and what a test keeps on purpose left out. */
  async depths(): Promise<Record<string, number>> {
    // A beat may be on its way at any moment; it is no work.
    const queues = await this.broker.queues();
    const lanes = queues.filter(
      ({ name, messages }) => name.startsWith(queueNames.lane(0).slice(0, -1)) && messages > 1,
    );
    const waitsForGood = (name: string) => name === queueNames.agentDisplay && !this.inboxIsOpen;
    const others = queues.filter(
      ({ name, messages }) => /^patchbay\.(?!lane)/.test(name) && messages > 0 && !waitsForGood(name),
    );
    return Object.fromEntries([...lanes, ...others].map(({ name, messages }) => [name, messages]));
  }

  /** The verdict of the oracle when all is quiet, as a row for the table. What was found before is not found again. */
  async verdict(fault: string, options: VerdictOptions = {}): Promise<FaultRow> {
    const { recoveryMs = null, expectedRejected = 0, withinMs } = options;
    // The oracle sees what is not quiet as loss, which tells more than a time that ran out.
    const restless = await this.quiet(withinMs).then(
      () => [],
      (error: unknown) => [String(error)],
    );
    const found = judge(await this.evidence(expectedRejected));
    const [lost, unexpected, overlaps, outOfOrder, others] = [
      this.news('I1 lost', found.lost),
      this.news('I2 unexpected', found.unexpected),
      this.news('I7 overlap', found.overlaps),
      this.news('I7 order', found.outOfOrder),
      this.news('', [...found.others, ...this.unhandled(), ...this.canaries()]),
    ];
    const row: FaultRow = {
      fault,
      accepted: found.accepted - this.before.accepted,
      lost: lost.length,
      unexpected: unexpected.length,
      duplicateCalls: found.duplicateCalls - this.before.duplicateCalls,
      overlaps: overlaps.length,
      outOfOrder: outOfOrder.length,
      recoveryMs,
      violations: [...restless, ...[lost, unexpected, overlaps, outOfOrder, others].flatMap(fewOf)],
    };
    this.before = found;
    report(row);
    return row;
  }

  private before = { accepted: 0, duplicateCalls: 0 };
  private readonly told = new Set<string>();

  private news(what: string, found: string[]): string[] {
    const fresh = found.map((each) => `${what} ${each}`.trim()).filter((each) => !this.told.has(each));
    for (const each of fresh) this.told.add(each);
    return fresh;
  }

  private async evidence(expectedRejected: number) {
    const deliveries = await this.database.query<DeliveryRow>(
      'select id, key, event_id, integration_name, status, reason, attempt_count, replay_id from deliveries',
    );
    const events = await this.database.query<{ id: string; matched_count: number }>(
      'select id, matched_count from events',
    );
    const [rejected] = await this.database.query<{ count: string }>('select count(*) as count from rejected');
    return {
      sent: this.load.sent,
      expectedRejected,
      rejected: Number(rejected!.count),
      deliveries,
      events,
      calls: this.endpoint.calls,
      results: this.inboxIsOpen ? this.results : undefined,
      integrations: this.called,
    };
  }

  /** I9: nothing was thrown past everybody. */
  private unhandled(): string[] {
    const telling = /unhandledRejection|uncaughtException|Unhandled|FATAL ERROR/;
    return this.services.filter((service) => telling.test(service.log())).map(({ name }) => `I9 ${name} threw`);
  }

  /** I8: a secret shows in no log and not in the record. */
  private canaries(): string[] {
    return this.services
      .filter((service) => service.log().includes(canary))
      .map(({ name }) => `I8 ${name} tells a secret`);
  }

  private async begin({ delivery }: FaultSystemOptions): Promise<void> {
    await Promise.all([this.configService.start(), this.deliveryLog.start(), this.eventIngest.start()]);
    const integrations = integrationsAt(this.endpoint.origin, delivery);
    for (const name of this.called) this.integrationIds[name] = await this.createIntegration(integrations[name]);
    await Promise.all(this.dispatchers.map((dispatcher) => dispatcher.start()));
    await this.messaging.ready();
    await this.broker.settled();
  }

  /** Consumes the results, as routing and agent desktop do. */
  takeResults(): void {
    this.inboxIsOpen = true;
    for (const queue of [queueNames.routing, queueNames.agentDisplay])
      this.messaging.consume({
        queue,
        prefetch: 256,
        handler: async ({ body }) => {
          this.results.push(JSON.parse(body.toString('utf8')) as ResultMessage);
          return 'ack';
        },
      });
  }

  /** The first call after the moment `since`, of an event that is published until it comes; in milliseconds. */
  async recovery(since: number, withinMs = 60_000): Promise<number> {
    const probing = this.load.steady({ conversations: 8, perSecond: 10 });
    try {
      const fresh = (sent: Sent) => sent.at >= since;
      return await eventually(
        'an event that was sent after the fault is called',
        () => {
          const ids = new Set(this.load.sent.filter(fresh).map(({ id }) => id));
          const call = this.endpoint.calls.findLast(({ event, status }) => ids.has(event) && status === 200);
          return call && Math.max(1, call.at - since);
        },
        withinMs,
      );
    } finally {
      await probing.stop();
    }
  }

  async stop(): Promise<void> {
    await this.messaging.close(1_000);
    await Promise.all(this.services.filter(({ running }) => running).map((service) => service.kill()));
    await Promise.all([this.links.dispatcher?.close(), this.links.eventIngest?.close()]);
    await this.endpoint.close();
    await this.servers.end();
    if (!process.env['PATCHBAY_FAULT_KEEP']) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export interface VerdictOptions {
  recoveryMs?: number | null;
  expectedRejected?: number;
  withinMs?: number;
}

function fewOf(found: string[]): string[] {
  return found.length > 3 ? [...found.slice(0, 3), `and ${found.length - 3} more like it`] : found;
}

async function startBrokers(servers: Servers, folder: string, size: number): Promise<BrokerNode[]> {
  const first = await BrokerNode.start(servers, join(folder, 'broker0'));
  const others: BrokerNode[] = [];
  for (let index = 1; index < size; index++) {
    const node = await BrokerNode.start(servers, join(folder, `broker${index}`), first);
    await node.join(first);
    others.push(node);
  }
  return [first, ...others];
}

async function startEndpoint(folder: string): Promise<CallEndpoint> {
  const ca = await createCertificateAuthority();
  // Where the environment of a dispatcher says the authority of the sandbox lies.
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ca.pem'), ca.caPem);
  return CallEndpoint.start(ca);
}

async function startLinks({ ports: { amqp: port }, amqpUrl }: BrokerNode) {
  const link = async () => startLink({ host: '127.0.0.1', port }, amqpUrl);
  return { dispatcher: await link(), eventIngest: await link() };
}

function through(link: Link | undefined): object {
  return link ? { amqpUrl: link.amqpUrl } : {};
}

function urlNameOf(name: string): string {
  return name.replace(/-(.)/, (_, letter: string) => letter.toUpperCase());
}

async function migrate(databaseUrl: string): Promise<void> {
  const run = promisify(execFile);
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  await Promise.all(
    ['config-service', 'delivery-log'].map((name) =>
      run(process.execPath, [join(apps, name, 'main.js'), 'migrate'], { cwd: root, env }),
    ),
  );
}

/** Adds a row to the table, which is a file that the runner of the suite names. */
function report(row: FaultRow): void {
  const file = process.env['FAULT_TABLE'];
  if (file) appendFileSync(file, `${JSON.stringify(row)}\n`);
}
