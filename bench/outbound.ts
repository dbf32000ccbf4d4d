// What does a call cost, by itself and with many endpoints, and does one service that hangs harm the others?
import { printLines, targetsMet, type Line } from './measure/report';
import { measureCalls } from './outbound/call-cost';
import { measureDigest } from './outbound/digest-cost';
import { beKnowing, measureEndpoints } from './outbound/endpoint-memory';
import { measureNeighbours } from './outbound/noisy-neighbour';
import { beService, startService } from './outbound/service';

async function measure(): Promise<Record<string, Line[]>> {
  const service = startService();
  const where = await service.ask('start');
  const calls = await measureCalls(where);
  const digest = await measureDigest(service, where);
  const endpoints = await measureEndpoints(service, where);
  const { delays, throughput } = await measureNeighbours(service, where);
  service.stop();
  return { calls, digest, endpoints, delays, throughput };
}

const titles: Record<string, string> = {
  calls: 'A call: POST of 600 bytes, answer of 500, TLS keep-alive, 32 at a time; processor time',
  digest: 'Digest, 16 at a time; processor time',
  endpoints: 'Memory of each endpoint known to a process, with its gate',
  delays: 'From published to seen by a service that works, 200 events/s, 95th percentile of a second',
  throughput: 'Time per event of services that work, 64 in flight',
};

function print(measured: Record<string, Line[]>): void {
  for (const [part, lines] of Object.entries(measured)) printLines(titles[part]!, lines);
  process.stdout.write('\n');
}

function printJson(measured: Record<string, Line[]>): void {
  const figures = Object.entries(measured).map(([part, lines]) => [part, mediansOf(lines)]);
  const met = targetsMet(Object.values(measured).flat());
  const line = { benchmark: 'outbound', node: process.version, ...Object.fromEntries(figures), targetsMet: met };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function mediansOf(lines: Line[]): Record<string, number> {
  return Object.fromEntries(lines.map(({ name, figure }) => [name, figure.median]));
}

async function run(): Promise<void> {
  const measured = await measure();
  if (process.argv.includes('--json')) printJson(measured);
  else print(measured);
}

const [, , role] = process.argv;
if (role === 'service') beService();
else if (role === 'endpoints') beKnowing();
else void run();
