import { readFileSync, rmSync, writeFileSync } from 'node:fs';

interface Mark {
  id: string;
  /** How often this process died while it worked on it alone. */
  deaths: number;
}

/**
 * Remembers, over the death of this process, which message it worked on alone: only that tells the one that kills from
 * those that were given out beside it.
 */
export class SuspectMarker {
  private left: Mark | undefined;

  constructor(private readonly file: string) {
    this.left = read(file);
  }

  /** Before it is worked on alone; gives how often that ended in death before. */
  enter(id: string): number {
    const deaths = this.left?.id === id ? this.left.deaths + 1 : 0;
    this.left = undefined;
    writeFileSync(this.file, JSON.stringify({ id, deaths } satisfies Mark), { mode: 0o600, flush: true });
    return deaths;
  }

  /** It survived. */
  leave(): void {
    rmSync(this.file, { force: true });
  }
}

function read(file: string): Mark | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Mark;
  } catch {
    // There is none, or the death came while it was written: then nothing is known, and nothing is condemned.
    return undefined;
  }
}
