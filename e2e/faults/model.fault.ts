import fc from 'fast-check';
import { FaultSystem } from './rig/fault-system';
import { lasting } from './rig/load';

/** 30 short runs; a long one on request: FAULT_MODEL_RUNS=500, repeated with FAULT_SEED and FAULT_PATH. */
const runs = Number(process.env['FAULT_MODEL_RUNS'] ?? 30);
const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);
const path = process.env['FAULT_PATH'];

/** What we know of the system: whether its parts run, and how the services answer. */
interface Model {
  dispatcherRuns: boolean;
  linkIsCut: boolean;
  endpoint: 'ok' | 'fails' | 'hangs';
}

type Command = fc.AsyncCommand<Model, FaultSystem>;

class Act implements Command {
  constructor(
    private readonly name: string,
    private readonly may: (model: Model) => boolean,
    private readonly change: Partial<Model>,
    private readonly act: (system: FaultSystem) => unknown,
  ) {}

  check(model: Readonly<Model>): boolean {
    return this.may(model);
  }

  async run(model: Model, system: FaultSystem): Promise<void> {
    Object.assign(model, this.change);
    await this.act(system);
  }

  toString(): string {
    return this.name;
  }
}

const always = () => true;

function answer(endpoint: Model['endpoint'], system: FaultSystem): void {
  // A call that hangs ends when the services answer again, or at its deadline.
  release();
  const held = new Promise<void>((resolve) => (release = resolve));
  const answers = { ok: { status: 200 }, fails: { status: 503 }, hangs: { status: 503, when: held } };
  system.endpoint.script = () => answers[endpoint];
}

let release: () => void = () => undefined;

const commands = [
  fc
    .integer({ min: 1, max: 40 })
    .map((count) => new Act(`Accept(${count})`, always, {}, (s) => s.load.burst(count, 10))),
  fc
    .integer({ min: 1, max: 10 })
    .map((count) => new Act(`AcceptDuplicate(${count})`, always, {}, (s) => acceptTwice(s, count))),
  fc.constant(
    new Act(
      'EndpointOk',
      ({ endpoint }) => endpoint !== 'ok',
      { endpoint: 'ok' },
      (s) => answer('ok', s),
    ),
  ),
  fc.constant(new Act('EndpointFail', always, { endpoint: 'fails' }, (s) => answer('fails', s))),
  fc.constant(new Act('EndpointHang', always, { endpoint: 'hangs' }, (s) => answer('hangs', s))),
  fc.constant(
    new Act(
      'CrashDispatcher',
      ({ dispatcherRuns }) => dispatcherRuns,
      { dispatcherRuns: false },
      (s) => s.dispatcher.kill(),
    ),
  ),
  fc.constant(
    new Act(
      'StartDispatcher',
      (m) => !m.dispatcherRuns && !m.linkIsCut,
      { dispatcherRuns: true },
      (s) => s.dispatcher.start(),
    ),
  ),
  fc.constant(
    new Act(
      'CutLink',
      ({ linkIsCut }) => !linkIsCut,
      { linkIsCut: true },
      (s) => s.links.dispatcher!.cut(),
    ),
  ),
  fc.constant(
    new Act(
      'Heal',
      ({ linkIsCut }) => linkIsCut,
      { linkIsCut: false },
      (s) => s.links.dispatcher!.heal(),
    ),
  ),
  fc.constant(new Act('DropConnections', always, {}, (s) => dropConnections(s))),
  fc.integer({ min: 50, max: 1_000 }).map((ms) => new Act(`AdvanceTime(${ms})`, always, {}, () => lasting(ms))),
];

async function acceptTwice(system: FaultSystem, count: number): Promise<void> {
  const events = Array.from({ length: count }, () => system.load.event(`twice-${count}`));
  await Promise.all([...events, ...events].map((event) => system.load.publish(event)));
}

async function dropConnections({ broker }: FaultSystem): Promise<void> {
  const connections = (await broker.management('get', '/connections')) as { name: string }[];
  await Promise.all(
    connections.map(({ name }) =>
      broker.management('delete', `/connections/${encodeURIComponent(name)}`).catch(() => undefined),
    ),
  );
}

/** Heals everything, and lets the oracle judge once all is quiet. */
async function settle(system: FaultSystem, model: Model): Promise<void> {
  answer('ok', system);
  if (model.linkIsCut) system.links.dispatcher!.heal();
  if (!model.dispatcherRuns) await system.dispatcher.start();
  const row = await system.verdict('P7 any order');
  if (row.violations.length > 0) throw new Error(row.violations.join('\n'));
}

describe('any order of faults', () => {
  let system: FaultSystem;

  beforeAll(async () => void (system = await FaultSystem.start({ links: true })), 180_000);
  afterAll(() => system?.stop(), 60_000);

  it(`P7 leaves every event with one end, whatever happens meanwhile (seed ${seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 25, size: 'large' }), async (schedule) => {
        await system.load.burst(5, 5);
        const model: Model = { dispatcherRuns: true, linkIsCut: false, endpoint: 'ok' };
        await fc.asyncModelRun(() => ({ model, real: system }), schedule);
        await settle(system, model);
      }),
      // A system that was broken once would look broken in every smaller run.
      { numRuns: runs, seed, endOnFailure: true, ...(path && { path }) },
    );
  }, 3_600_000);
});
