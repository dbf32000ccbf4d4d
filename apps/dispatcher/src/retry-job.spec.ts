import { randomBytes } from 'node:crypto';
import { normaliseEvent, type Integration } from '@patchbay/edi';
import type { Delivery } from '@patchbay/messaging';
import { Gates, type Outbound } from '@patchbay/outbound';
import { createSealer, readKeyRing } from '@patchbay/secrets';
import { applySnapshot } from './configuration';
import { jobMessage, jobsOf, sealJob } from './job-message';
import { LaneShares } from './lane-shares';
import { Parking } from './parking';
import { readLaneMessage } from './read-work';
import { SerialQueue } from './serial-queue';
import { Suspensions } from './suspensions';
import { walkChain, type WalkTools } from './walk-chain';
import type { Work } from './work';

const ring = readKeyRing(JSON.stringify({ active: 'k', keys: { k: randomBytes(32).toString('base64') } }), 'spec');
const sealer = createSealer(ring);
const id = '01900000-0000-7000-8000-000000000000';
const start = Date.parse('2026-01-02T03:04:05.000Z');

const record: Omit<Integration, 'authentications'> = {
  id,
  name: 'n',
  description: '',
  channel: 'multi',
  endpointUrl: 'https://a.example.com/',
  ordinal: 1,
  direction: 'both',
  events: ['queued'],
  direct: { calls: false, chats: false },
  queues: ['*'],
  configuration: { request: { method: 'POST', body: { a: 1 } }, response: { save: { b: '{response.body.b}' } } },
  delivery: { profile: 'standard' },
  suspended: null,
  version: 1,
  createdAt: '2026-01-01T00:00:00Z',
};
const snapshot = { revision: 1, full: true, integrations: [{ ...record, authentications: [] }], deleted: [] };
const { configuration } = applySnapshot(undefined, snapshot, ring);

/** A world whose clock stands where it is put and whose service always answers 503. */
function setup(random: number) {
  const clock = { now: start };
  const refusing: Outbound = {
    call: () =>
      Promise.resolve({
        kind: 'answer',
        status: 503,
        headers: {},
        body: Buffer.alloc(0),
        durationMs: 1,
        timing: {},
      }),
    close: () => Promise.resolve(),
  };
  const tools: WalkTools = {
    outbound: refusing,
    // None that remembers how often the service has failed already.
    get gates() {
      return new Gates({ now: () => clock.now });
    },
    parking: new Parking(),
    shares: new LaneShares(32),
    suspensions: new Suspensions(),
    share: () => 1,
    reach: () => undefined,
    listeners: new SerialQueue(),
    now: () => clock.now,
    random: () => random,
    timeScale: 1,
    report: () => undefined,
  };
  return { clock, tools, lost: new AbortController().signal };
}

function freshWork(): Work {
  const event = normaliseEvent(
    {
      id: 'e',
      event: { name: 'queued', datetime: new Date(start).toISOString() },
      contact: { id: 'C', channel_type: 'phone', direction: 'inbound', queue: { id: 'q' } },
    },
    String,
  );
  const acceptedAt = new Date(start).toISOString();
  const nothing = { saved: {}, setsDone: [], started: 0, due: [], dueBy: 0, skipped: [], redelivered: false };
  return { id: 'e', event, acceptedAt, ageFrom: start, setFrom: start, lane: 0, ...nothing, fresh: true };
}

const arriving = (message: { body: Buffer | string; routingKey: string }): Delivery => ({
  body: Buffer.from(message.body as string),
  queue: 'patchbay.lane.0',
  exchange: 'patchbay.events',
  routingKey: message.routingKey,
  redelivered: false,
  deliveryCount: 0,
  messageId: undefined,
  type: undefined,
  lost: new AbortController().signal,
});

describe('a retry job', () => {
  // Fractions of a millisecond, as a drawn delay has them.
  it.each([0.1, 0.123456789, 0.5, 0.987654321])(
    'that counts as due is tried, whenever it arrives (delay drawn at %d)',
    async (random) => {
      const { clock, tools, lost } = setup(random);
      const work = freshWork();
      const pass = await walkChain(work, configuration, lost, tools);
      const [job] = jobsOf(work, pass, [], { sealer, now: tools.now, timeScale: 1 });
      const message = jobMessage(sealJob(job!, work, { sealer }), 0, { sealer, now: tools.now, timeScale: 1 });
      for (let early = 25; early >= 0; early--) {
        clock.now = Math.ceil(job!.due) - early;
        const input = readLaneMessage(arriving(message), { lanes: 1, sealer, now: clock.now });
        if (input.kind !== 'work') continue;
        const again = await walkChain(input.work, configuration, lost, tools);
        expect(again.waiting).toEqual([]);
        expect(again.members.map(({ head }) => head.attemptCount)).toEqual([2]);
        const [next] = jobsOf(input.work, again, [], { sealer, now: tools.now, timeScale: 1 });
        expect(next!.id).not.toBe(input.work.id);
      }
    },
  );

  it('never has the id of an earlier one, however often it is parked and tried', async () => {
    const { clock, tools, lost } = setup(0.5);
    const { gates } = tools;
    const courses = ['try', 'park', 'try', 'try', 'park', 'park', 'try'];
    const refusing = { of: () => ({ expectedWaitMs: 0, enter: () => ({ parked: 'busy', retryInMs: 1 }) }) };
    let work = freshWork();
    const ids: string[] = [];
    for (const course of courses) {
      const now = { ...tools, gates: course === 'park' ? (refusing as unknown as typeof gates) : gates };
      const pass = await walkChain(work, configuration, lost, now);
      const [job] = jobsOf(work, pass, [], { sealer, now: tools.now, timeScale: 1 });
      ids.push(job!.id);
      clock.now = job!.due;
      const message = jobMessage(sealJob(job!, work, { sealer }), 0, { sealer, now: tools.now, timeScale: 1 });
      const input = readLaneMessage(arriving(message), { lanes: 1, sealer, now: clock.now });
      if (input.kind !== 'work') throw new Error(`the job is ${input.kind}`);
      work = input.work;
    }
    expect(new Set(ids).size).toBe(courses.length);
    expect(work.due[0]).toMatchObject({ attempts: 4, parkings: 3 });
  });

  it('waits on when it comes back too early', async () => {
    const { clock, tools, lost } = setup(0.5);
    const work = freshWork();
    const [job] = jobsOf(work, await walkChain(work, configuration, lost, tools), [], {
      sealer,
      now: tools.now,
      timeScale: 1,
    });
    const message = jobMessage(sealJob(job!, work, { sealer }), 0, { sealer, now: tools.now, timeScale: 1 });
    clock.now = job!.due - 1_000;
    expect(readLaneMessage(arriving(message), { lanes: 1, sealer, now: clock.now }).kind).toBe('early');
  });
});

describe('an at-most-once integration', () => {
  const once = { ...record, delivery: { profile: 'at-most-once' as const }, authentications: [] };
  const { configuration: careful } = applySnapshot(undefined, { ...snapshot, integrations: [once] }, ring);

  it('is called for a message that was never given out before', async () => {
    const { tools, lost } = setup(0.5);
    const { members } = await walkChain(freshWork(), careful, lost, tools);
    expect(members.map(({ attempts }) => attempts.length)).toEqual([1]);
  });

  it('is not called for one that was, and says that nobody knows', async () => {
    const { tools, lost } = setup(0.5);
    const { members } = await walkChain({ ...freshWork(), redelivered: true }, careful, lost, tools);
    expect(members).toEqual([
      expect.objectContaining({
        attempts: [],
        end: expect.objectContaining({ status: 'dead', failureClass: 'outcome_unknown' }),
      }),
    ]);
  });
});
