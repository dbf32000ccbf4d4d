/** Says what is wrong in one sentence, or nothing when all is well. */
export type Check = () => Promise<string | undefined> | string | undefined;

/** What readiness tells: `ok` or a sentence per check, and whatever else the service wants known. */
export interface Readiness {
  status: 'ready' | 'not-ready' | 'stopping';
  checks: Record<string, string>;
  [info: string]: unknown;
}

const checkWithinMs = 2_000;

/** Knows whether this process should get work. */
export class Health {
  private stopping = false;

  constructor(
    private readonly checks: Record<string, Check>,
    private readonly info: () => Record<string, unknown>,
  ) {}

  /** From now on this process is not ready. */
  stop(): void {
    this.stopping = true;
  }

  async readiness(): Promise<Readiness> {
    const results = await Promise.all(
      Object.entries(this.checks).map(async ([name, check]) => [name, (await ask(check)) ?? 'ok'] as const),
    );
    const well = results.every(([, result]) => result === 'ok');
    const status = this.stopping ? 'stopping' : well ? 'ready' : 'not-ready';
    return { ...this.info(), status, checks: Object.fromEntries(results) };
  }
}

async function ask(check: Check): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, checkWithinMs, `no answer within ${checkWithinMs} ms`);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error);
  } finally {
    clearTimeout(timer);
  }
}
