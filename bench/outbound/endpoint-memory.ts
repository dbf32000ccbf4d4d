// What does it cost to know many endpoints? In a process of its own, which nothing else has filled before.
import { createOutbound, Gates, type OutboundOptions } from '@patchbay/outbound';
import { callConcurrently } from '../measure/concurrent-rounds';
import { answerAs, inOwnProcess, type OwnProcess } from '../measure/own-process';
import { once } from 'node:events';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import type { Line } from '../measure/report';
import { preciseNow, type Service } from './service';
import { expectAnswer, typicalRequest } from './typical-call';

/** Called while their connections stay open: so many that all are open before the first has been idle for long. */
const open = 2_000;
const all = 10_000;
const warming = 300;
const concurrency = 32;

interface Bytes {
  heap: number;
  rss: number;
}

type Knowing = ReturnType<typeof createKnowing>;

function createKnowing() {
  let ahead = 0;
  const start = ({ caPem }: Pick<OutboundOptions, 'caPem'>) =>
    createOutbound({
      caPem,
      allowCidrs: ['127.0.0.0/8'],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      now: () => performance.now() + ahead,
    });
  const gates = new Gates({ now: preciseNow });
  let outbound: ReturnType<typeof start>;
  let context: SecureContext;

  async function callOne(port: number, number: number): Promise<void> {
    const permit = await gates.of(`integration ${number}`).enter({ concurrency, ratePerSecond: undefined });
    if ('parked' in permit) throw new Error(`a call was parked: ${permit.parked}`);
    const request = typicalRequest(`https://e${number}.bench.test:${port}`);
    expectAnswer(await outbound.call({ ...request, poolKey: `integration ${number}` }, { deadlineMs: 30_000 }));
    permit.end('healthy');
  }

  async function connectOne(port: number, number: number): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port, servername: `e${number}.bench.test`, secureContext: context });
    socket.setNoDelay(true).write('GET /answer HTTP/1.1\r\nhost: bench.test\r\n\r\n');
    await once(socket, 'data');
  }

  return {
    /** Calls some endpoints and forgets them, so that what is made once is not counted. */
    async start({ port, caPem }: { port: number; caPem: string }): Promise<void> {
      context = createSecureContext({ ca: caPem });
      outbound = start({ caPem });
      await callConcurrently((call) => callOne(port, all + call), warming, concurrency);
      await outbound.close();
      outbound = start({ caPem });
    },
    /** Calls each of these endpoints once. */
    callEach: ({ port, from, to }: { port: number; from: number; to: number }) =>
      callConcurrently((call) => callOne(port, from + call), to - from, concurrency),
    /** That many connections of nothing but Node's TLS, over each of which something has come and gone. */
    connectBarely: ({ port, count }: { port: number; count: number }) =>
      callConcurrently((call) => connectOne(port, call), count, concurrency),
    /** As if nothing were called for the time after which connections are closed. */
    becomeIdle: () => void (ahead += 31_000),
    async bytes(): Promise<Bytes> {
      // What is closed is given up over some turns of the loop.
      for (let turn = 0; turn < 5; turn++) {
        globalThis.gc?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const { heapUsed, external, rss } = process.memoryUsage();
      return { heap: heapUsed + external, rss };
    },
  };
}

export const beKnowing = () => answerAs(createKnowing());

/**
 * KB of each endpoint that was called once, while its connection is open and after that was idle and closed; and, for
 * comparison, of a connection alone.
 */
export async function measureEndpoints(
  service: OwnProcess<Service>,
  where: { port: number; caPem: string },
): Promise<Line[]> {
  const { port } = where;
  const connections = (count: number) => until(async () => (await service.ask('openConnections')) === count);
  const bare = await startKnowing(where);
  await connections(0);
  const before = await bare.ask('bytes');
  await bare.ask('connectBarely', { port, count: open });
  await connections(open);
  const connected = await bare.ask('bytes');
  bare.stop();

  const knowing = await startKnowing(where);
  await connections(0);
  const nothing = await knowing.ask('bytes');
  await knowing.ask('callEach', { port, from: 0, to: open });
  await connections(open);
  const whileOpen = await knowing.ask('bytes');
  await knowing.ask('callEach', { port, from: open, to: all });
  await knowing.ask('becomeIdle');
  await connections(0);
  const closed = await knowing.ask('bytes');
  knowing.stop();
  return [
    ...linesOf(`a bare TLS connection, of ${open}`, connected, before, open),
    ...linesOf(`each of ${open}, connection open`, whileOpen, nothing, open, 50),
    ...linesOf(`each of ${all}, connection closed`, closed, nothing, all, 50),
  ];
}

async function startKnowing(where: { port: number; caPem: string }): Promise<OwnProcess<Knowing>> {
  const knowing = inOwnProcess<Knowing>('endpoints', ['--expose-gc']);
  await knowing.ask('start', where);
  return knowing;
}

function linesOf(name: string, now: Bytes, before: Bytes, count: number, atMost?: number): Line[] {
  return (['heap', 'rss'] as const).map((kind) => {
    const each = (now[kind] - before[kind]) / count / 1024;
    return {
      name: `${name}: ${kind}`,
      unit: 'KB',
      figure: { median: each, low: each, high: each },
      ...(atMost !== undefined && { atMost }),
    };
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('the number of open connections is not what it should be after a minute');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
