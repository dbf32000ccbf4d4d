// What does a call cost beside the bare client it stands on?
import { createOutbound, Gates, type OutboundRequest } from '@patchbay/outbound';
import { Pool } from 'undici';
import { timeConcurrentRounds } from '../measure/concurrent-rounds';
import type { Line } from '../measure/report';
import { figureOf } from '../measure/rounds';
import { preciseNow } from './service';
import { body, expectAnswer, headers, typicalRequest } from './typical-call';

const concurrency = 32;
const options = { deadlineMs: 10_000 };
const limits = { concurrency: 64, ratePerSecond: undefined };

/** All over TLS keep-alive to the service at this port, the same bytes on the wire. */
export async function measureCalls({ port, caPem }: { port: number; caPem: string }): Promise<Line[]> {
  const origin = `https://localhost:${port}`;
  const bare = new Pool(origin, { connections: concurrency, pipelining: 1, connect: { ca: caPem } });
  const outbound = createOutbound({ caPem, allowCidrs: ['127.0.0.0/8', '::1/128'] });
  const gates = new Gates({ now: preciseNow });
  const request = typicalRequest(origin);
  const { authorization, ...others } = headers;
  const basic = { by: 'headers' as const, headers: { authorization: authorization! } };
  const sent = { ...headers, 'accept-encoding': 'gzip, deflate, br' };
  // Made once, so that making them does not count.
  const hiding = { ...request, hide: ['correct horse battery staple', 'b7c1f0aa53e94d7d9c52'] };
  const authorised = { ...request, headers: others, authorisation: basic };
  const call = async (one: OutboundRequest) => expectAnswer(await outbound.call(one, options));

  const times = await timeConcurrentRounds(
    {
      bare: async () => {
        const answer = await bare.request({ method: 'POST', path: '/answer', headers: sent, body });
        await answer.body.bytes();
        if (answer.statusCode !== 200) throw new Error(`a bare call was answered with ${answer.statusCode}`);
      },
      call: () => call(request),
      'call, behind a gate': async () => {
        const permit = await gates.of('integration').enter(limits);
        if ('parked' in permit) throw new Error(`a call was parked: ${permit.parked}`);
        await call(request);
        permit.end('healthy');
      },
      'call, two secrets hidden': () => call(hiding),
      'call, basic': () => call(authorised),
    },
    { rounds: 11, calls: 2_000, concurrency },
  );
  await Promise.all([bare.close(), outbound.close()]);
  const { bare: floor, ...ours } = times;
  return [
    { name: 'undici Pool', unit: 'µs', figure: figureOf(floor) },
    ...Object.entries(ours).flatMap(([name, values]): Line[] => [
      { name, unit: 'µs', figure: figureOf(values) },
      {
        name: `  ${name}: of undici Pool`,
        unit: '',
        figure: figureOf(values.map((time, round) => time / floor[round]!)),
        ...(name === 'call' && { atMost: 1.25 }),
      },
    ]),
  ];
}
