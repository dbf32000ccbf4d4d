import { once } from 'node:events';
import axios, { type AxiosInstance } from 'axios';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { eventually } from '@patchbay/testing';
import type { Servers } from './servers';

/** A queue as the management API tells of it. */
export interface QueueState {
  name: string;
  messages: number;
  consumers: number;
  /** Absent while a quorum queue has none. */
  leader?: string;
}

interface BrokerPorts {
  amqp: number;
  management: number;
  distribution: number;
  epmd: number;
}

/** A RabbitMQ of a test's own: killed, frozen and started again on its data. */
export class BrokerNode {
  amqpUrl = '';
  private pid = 0;
  private api!: AxiosInstance;

  private constructor(
    private readonly servers: Servers,
    readonly folder: string,
    readonly ports: BrokerPorts,
    readonly node: { name: string; password: string },
    private readonly first?: BrokerNode,
  ) {}

  /** Starts a node; with `first` one that can join that one. */
  static async start(servers: Servers, folder: string, first?: BrokerNode): Promise<BrokerNode> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const ports = await servers.tell<BrokerPorts>('brokerPorts');
    // Nodes of one cluster have one port mapper, and one password of the same user.
    if (first) ports.epmd = first.ports.epmd;
    const name = `fault-${randomBytes(4).toString('hex')}@localhost`;
    const password = first?.node.password ?? randomBytes(18).toString('hex');
    const broker = new BrokerNode(servers, folder, ports, { name, password }, first);
    await broker.start();
    return broker;
  }

  /** Starts it (again); resolves when it takes connections and its queues have leaders. */
  async start(): Promise<void> {
    const { folder, ports, node, first } = this;
    type Started = { pid: number; amqpUrl: string; managementUrl: string };
    const order = { folder, ports, node, ...(first && { cookieOf: first.folder }) };
    const started = await this.servers.tell<Started>('startBroker', order);
    this.pid = started.pid;
    this.amqpUrl = started.amqpUrl;
    const { origin, username, password } = new URL(started.managementUrl);
    this.api = axios.create({ baseURL: `${origin}/api`, auth: { username, password }, timeout: 5_000, proxy: false });
  }

  /** kill -9. */
  kill(): Promise<void> {
    return this.signal('SIGKILL');
  }

  /** As by a power switch, or as frozen: SIGKILL, SIGSTOP, SIGCONT. */
  async signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): Promise<void> {
    process.kill(this.pid, signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM')
      await eventually('the broker has ended', () => !isAlive(this.pid), 60_000);
  }

  /** rabbitmqctl; answers what it printed. */
  ctl(...args: string[]): Promise<string> {
    const { folder, ports, node } = this;
    return this.servers.tell<string>('rabbitmqctl', { folder, ports, node, args });
  }

  /** Makes this node a member of the other's cluster. */
  async join(other: BrokerNode): Promise<void> {
    await this.ctl('stop_app');
    await this.ctl('reset');
    await this.ctl('join_cluster', other.node.name);
    await this.ctl('start_app');
  }

  async queues(): Promise<QueueState[]> {
    const columns = 'name,messages,consumers,leader';
    const { data } = await this.api.get<QueueState[]>('/queues/%2F', { params: { columns } });
    return data.map(({ name, messages = 0, consumers = 0, leader }) => ({ name, messages, consumers, leader }));
  }

  async depth(queue: string): Promise<number> {
    return (await this.queues()).find(({ name }) => name === queue)?.messages ?? 0;
  }

  /** A quorum queue younger than a second never gets a leader again after `kill -9` of its only node. */
  async settled(): Promise<void> {
    await eventually('every queue has a leader', async () => {
      const queues = await this.queues();
      return queues.length > 0 && queues.every(({ name, leader }) => !name.startsWith('patchbay.') || leader);
    });
    await once(AbortSignal.timeout(1_500), 'abort');
  }

  /** For what the AMQP client cannot ask: deletes, purges, unbinds, drops connections. */
  async management(method: 'delete' | 'get' | 'put', path: string, body?: unknown): Promise<unknown> {
    return (await this.api.request({ method, url: path, data: body })).data;
  }
}

/** Whether a process is there and no zombie that its parent has yet to hear of. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
