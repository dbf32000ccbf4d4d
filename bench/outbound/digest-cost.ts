// What does Digest authentication cost, in round trips and in time?
import { createOutbound, type OutboundRequest } from '@patchbay/outbound';
import { callConcurrently, timeConcurrentRounds } from '../measure/concurrent-rounds';
import type { OwnProcess } from '../measure/own-process';
import type { Line } from '../measure/report';
import { figureOf } from '../measure/rounds';
import { credentials, type Service } from './service';
import { expectAnswer, typicalRequest } from './typical-call';

const calls = 2_000;
const concurrency = 16;
const options = { deadlineMs: 10_000 };

interface Where {
  port: number;
  digestPort: number;
  caPem: string;
}

/** Round trips from the very first call on, then time against basic, each to a server of its own. */
export async function measureDigest(service: OwnProcess<Service>, { port, digestPort, caPem }: Where): Promise<Line[]> {
  const outbound = createOutbound({ caPem, allowCidrs: ['127.0.0.0/8', '::1/128'] });
  const basic = typicalRequest(`https://localhost:${port}`);
  const { authorization, ...headers } = basic.headers;
  const byHeaders: OutboundRequest = {
    ...basic,
    headers,
    authorisation: { by: 'headers', headers: { authorization: authorization! } },
  };
  const byDigest: OutboundRequest = {
    ...typicalRequest(`https://localhost:${digestPort}`),
    headers,
    authorisation: { by: 'digest', ...credentials },
  };
  const callDigest = async () => expectAnswer(await outbound.call(byDigest, options));

  await callConcurrently(callDigest, calls, concurrency);
  const { seen, accepted } = await service.ask('digestRequests');
  if (accepted !== calls) throw new Error(`${calls} calls, but the digest server let in ${accepted}`);
  const times = await timeConcurrentRounds(
    { basic: async () => expectAnswer(await outbound.call(byHeaders, options)), digest: callDigest },
    { rounds: 9, calls: 800, concurrency },
  );
  await outbound.close();
  const ratios = times.digest.map((time, round) => time / times.basic[round]!);
  const trips = seen / calls;
  return [
    { name: 'round trips per call', unit: '', figure: { median: trips, low: trips, high: trips }, atMost: 1.02 },
    { name: 'basic', unit: 'µs', figure: figureOf(times.basic) },
    { name: 'digest', unit: 'µs', figure: figureOf(times.digest) },
    { name: '  of basic', unit: '', figure: figureOf(ratios) },
  ];
}
