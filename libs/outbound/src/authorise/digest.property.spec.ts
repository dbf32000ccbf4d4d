import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { createDigestScheme } from './digest';
import { parseChallenges } from './digest-challenge';
import type { HttpMessage } from './scheme';

/** How a service deals with nonces. */
interface Habits {
  usesPerNonce: number;
  nextNonce: boolean;
  /** How many requests share one new nonce, e.g. because it is made from the time. */
  issuesPerNonce: number;
  /** Comes back to a nonce of so long ago; 0: never. */
  comesBackAfter: number;
}

const habits = fc.record<Habits>({
  usesPerNonce: fc.constantFrom(1, 2, 3, 1_000),
  nextNonce: fc.boolean(),
  issuesPerNonce: fc.integer({ min: 1, max: 3 }),
  comesBackAfter: fc.integer({ min: 0, max: 5 }),
});

interface Use {
  nonce: string;
  nc: number;
  ahead: boolean;
}

/** The service's side, by nonces alone: whether the proof is right is not the question here. */
function aService({ usesPerNonce, nextNonce, issuesPerNonce, comesBackAfter }: Habits) {
  const uses = new Map<string, number>();
  /** For each nonce the number of the request whose answer first brought it. */
  const broughtBy = new Map<string, number>();
  let issues = 0;

  function issue(order: number): string {
    const number = Math.floor((issues += 1) / issuesPerNonce);
    const nonce = comesBackAfter > 0 && issues % 4 === 0 ? `n${Math.max(0, number - comesBackAfter)}` : `n${number}`;
    if (!broughtBy.has(nonce)) broughtBy.set(nonce, order);
    return nonce;
  }

  function answer(nonce: string | undefined, order: number): { status: number; headers: Record<string, string> } {
    const count = (uses.get(nonce ?? '') ?? 0) + 1;
    uses.set(nonce ?? '', count);
    if (nonce !== undefined && count <= usesPerNonce)
      return { status: 200, headers: nextNonce ? { 'authentication-info': `nextnonce="${issue(order)}"` } : {} };
    const stale = nonce !== undefined;
    const challenge = `Digest realm="r", qop="auth", nonce="${issue(order)}", stale=${stale}`;
    return { status: 401, headers: { 'www-authenticate': challenge } };
  }

  return { answer, broughtBy };
}

/** Lets that many calls run against the service, every message delayed as the scheduler pleases; what went out, in order. */
async function run(scheduler: fc.Scheduler, calls: number, service: ReturnType<typeof aService>): Promise<Use[]> {
  const scheme = createDigestScheme({ username: 'u', password: 'p' }, { now: () => 0, randomBytes });
  const uses: Use[] = [];
  let orders = 0;

  async function call(): Promise<void> {
    const message: HttpMessage = { method: 'GET', origin: 'https://a.example', target: '/', headers: {} };
    await scheduler.schedule(Promise.resolve(), 'starts');
    for (let tries = 1; tries <= 3; tries++) {
      const proof = await scheme.authorise(message, () => Promise.reject(new Error('not used')));
      if ('kind' in proof) throw new Error(proof.message);
      const order = (orders += 1);
      const params = parseChallenges(proof.headers['authorization'] ?? '')[0]?.params;
      const nonce = params?.get('nonce');
      if (nonce !== undefined) uses.push({ nonce, nc: parseInt(params?.get('nc') ?? '', 16), ahead: tries === 1 });
      await scheduler.schedule(Promise.resolve(), `reaches the service: ${nonce}`);
      const { status, headers } = service.answer(nonce, order);
      await scheduler.schedule(Promise.resolve(), `comes back: ${status}`);
      const answer = { kind: 'answer', status, headers, body: Buffer.alloc(0), durationMs: 0, timing: {} } as const;
      if (scheme.review?.(answer, message, proof.headers, tries).verdict !== 'again') return;
    }
  }

  const running = Array.from({ length: calls }, call);
  await scheduler.waitFor(Promise.all(running));
  return uses;
}

const calls = fc.integer({ min: 1, max: 12 });

test('P4, H2.43: no nonce goes out twice with one count, and none is left out, however calls are interleaved', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), calls, habits, async (scheduler, count, how) => {
      const uses = await run(scheduler, count, aService(how));
      const counts = new Map<string, number[]>();
      for (const { nonce, nc } of uses) counts.set(nonce, [...(counts.get(nonce) ?? []), nc]);
      for (const used of counts.values()) expect(used).toEqual(used.map((_, index) => index + 1));
    }),
    { numRuns: 300 },
  );
});

test('P4, H2.43: no call goes back to a nonce that an earlier request brought, however calls are interleaved', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), calls, habits, async (scheduler, count, how) => {
      const service = aService({ ...how, issuesPerNonce: 1, comesBackAfter: 0 });
      const uses = await run(scheduler, count, service);
      const orders = uses.filter(({ ahead }) => ahead).map(({ nonce }) => service.broughtBy.get(nonce) ?? NaN);
      expect(orders).toEqual([...orders].sort((one, other) => one - other));
    }),
    { numRuns: 300 },
  );
});
