import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

type Answer = { id: number; result?: unknown; error?: string };

/** The process that starts brokers and databases; see servers-process.mjs for what it can be told. */
export class Servers {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private last = 0;

  constructor() {
    this.child = fork(join(__dirname, 'servers-process.mjs'), {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.child.on('message', (answer: Answer) => {
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
    this.child.once('exit', () => {
      for (const [id, tell] of this.waiting) tell({ id, error: 'the process of the servers has ended' });
    });
  }

  /** Has one command done; rejects with what went wrong there. */
  tell<T>(command: string, args: unknown = {}): Promise<T> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ result, error }) =>
        error === undefined ? resolve(result as T) : reject(new Error(error)),
      );
      this.child.send({ id, command, args });
    });
  }

  /** Kills every server that it has started, and ends. */
  async end(): Promise<void> {
    await this.tell('end');
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}
