// How long does a search among 2 million deliveries take, over HTTP, for each filter and for common combinations?
import { quantile } from './measure/quantile';
import { printLines, targetsMet, type Line } from './measure/report';
import { prepareDeliveryLog } from './search/delivery-log-process';
import { extent, fill } from './search/fill';

const rounds = 40;
const p95AtMostMs = 300;
const day = 86_400_000;

const any = (count: number) => Math.floor(Math.random() * count);
const anIntegration = () => `integration ${any(extent.integrations)}`;
const ago = (days: number) => new Date(Date.now() - days * day).toISOString();

/** Questions by name; each asks for something else every time, where there is something else. */
const questions: Record<string, () => Record<string, string>> = {
  'nothing asked': () => ({}),
  conversation: () => ({ conversation: `conversation ${any(extent.conversations)}` }),
  'conversation that is not there': () => ({ conversation: `nobody ${any(1_000)}` }),
  contact: () => ({ contact: `conversation ${any(extent.conversations)}/1` }),
  'event id': () => ({ eventId: `event ${any((extent.deliveries * 2) / 3)}` }),
  integration: () => ({ integration: anIntegration() }),
  'integration by name': () => ({ integration: `Lookup ${any(extent.integrations)}` }),
  'integration that is not there': () => ({ integration: `nobody ${any(1_000)}` }),
  event: () => ({ event: 'queued' }),
  'event that is not there': () => ({ event: 'suspended' }),
  'status: dead': () => ({ status: 'dead' }),
  'status: succeeded': () => ({ status: 'succeeded' }),
  'failure class': () => ({ failureClass: 'timeout' }),
  'failure class that is not there': () => ({ failureClass: `nothing ${any(1_000)}` }),
  side: () => ({ side: 'ours' }),
  'HTTP status 204': () => ({ httpStatus: '204' }),
  'HTTP status 503': () => ({ httpStatus: '503' }),
  'HTTP status 418, very rare': () => ({ httpStatus: '418' }),
  'HTTP status that is not there': () => ({ httpStatus: '299' }),
  'an hour': () => ({ from: ago(10.5), to: ago(10.5 - 1 / 24) }),
  'an old day': () => ({ from: ago(28), to: ago(27) }),
  text: () => ({ text: 'EXPIRED as the endpoint' }),
  'text, rare': () => ({ text: `to request ${any(extent.deliveries)}` }),
  'text that is not there': () => ({ text: 'no such thing' }),
  'integration, status': () => ({ integration: anIntegration(), status: 'dead' }),
  'integration, event': () => ({ integration: anIntegration(), event: 'ended' }),
  'integration, failure class, a week': () => ({
    integration: anIntegration(),
    failureClass: 'http-5xx',
    from: ago(7),
  }),
  'integration, text': () => ({ integration: anIntegration(), text: 'answered 429' }),
  'status, side, HTTP status': () => ({ status: 'dead', side: 'ours', httpStatus: '502' }),
  'status, old week': () => ({ status: 'expired', from: ago(28), to: ago(21) }),
  'text, old week': () => ({ text: 'answered 429', from: ago(28), to: ago(21) }),
  'event, status, HTTP status': () => ({ event: 'held', status: 'dead', httpStatus: '404' }),
};

async function measure(ask: (question: Record<string, string>) => Promise<unknown>): Promise<Line[]> {
  const lines: Line[] = [];
  for (const [name, question] of Object.entries(questions)) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const begin = performance.now();
      await ask(question());
      times.push(performance.now() - begin);
    }
    const figure = { median: quantile(times, 0.95), low: quantile(times, 0.5), high: Math.max(...times) };
    lines.push({ name, unit: 'ms', figure, atMost: p95AtMostMs });
  }
  return lines;
}

async function run(): Promise<void> {
  const service = await prepareDeliveryLog();
  try {
    const seconds = await fill(service.databaseUrl);
    await service.start();
    const lines = await measure((question) => service.get(`/v1/deliveries?${new URLSearchParams({ ...question })}`));
    report(lines, seconds);
  } finally {
    await service.stop();
  }
}

function report(lines: Line[], fillSeconds: number): void {
  if (process.argv.includes('--json')) {
    const p95Ms = Object.fromEntries(lines.map(({ name, figure }) => [name, figure.median]));
    const figures = { benchmark: 'search', node: process.version, fillSeconds, p95Ms, targetsMet: targetsMet(lines) };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    return;
  }
  const made = `made in ${fillSeconds.toFixed(0)} s`;
  printLines(`First page of 50 among ${extent.deliveries} deliveries (${made}): p95 (p50 to slowest)`, lines);
  process.stdout.write('\n');
}

void run();
