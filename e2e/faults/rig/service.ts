import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { eventually } from '@patchbay/testing';
import axios from 'axios';
import { root } from '../../src/launcher';

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** One service as a process that can be killed, frozen and started again at the same address. */
export class Service {
  readonly url: string;
  /** How often it ended otherwise than by being asked to. */
  crashes = 0;
  /** The most memory it was seen to use, in MB; see `measure`. */
  peakMb = 0;
  private child: ChildProcess | undefined;
  private ended: Promise<Ended> | undefined;

  constructor(
    readonly name: string,
    private readonly mainFile: string,
    private readonly env: Record<string, string>,
    readonly logFile: string,
    /** Hears of each process, so that none outlives a test run that is killed. */
    private readonly onSpawn: (pid: number) => void,
  ) {
    this.url = `http://127.0.0.1:${env['PATCHBAY_PORT']}`;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Starts it without waiting; `more` is environment of this start only. */
  spawn(more: Record<string, string> = {}): void {
    const log = openSync(this.logFile, 'a', 0o600);
    const child = spawn(process.execPath, ['--enable-source-maps', this.mainFile], {
      cwd: root,
      env: { ...process.env, PATCHBAY_LOG_LEVEL: 'info', ...this.env, ...more },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    if (child.pid !== undefined) this.onSpawn(child.pid);
    this.ended = new Promise((resolve) =>
      child.once('exit', (code, signal) => {
        if (code !== 0) this.crashes++;
        resolve({ code, signal });
      }),
    );
  }

  /** Starts it and waits until it is ready. */
  async start(more: Record<string, string> = {}): Promise<void> {
    this.spawn(more);
    await this.ready();
  }

  ready(withinMs = 60_000): Promise<boolean> {
    return eventually(
      `${this.name} is ready`,
      async () => {
        if (!this.running) throw new Error(`it has ended; its log says last:\n${this.lastLines()}`);
        return (await this.health()) === 200;
      },
      withinMs,
    );
  }

  /** Status of its readiness; 0 when it does not answer. */
  async health(): Promise<number> {
    const options = { proxy: false, timeout: 2_000, validateStatus: () => true } as const;
    return axios.get(`${this.url}/health/ready`, options).then(
      ({ status }) => status,
      () => 0,
    );
  }

  /** What its readiness tells. */
  async info<T extends object>(): Promise<T> {
    return (
      await axios.get<T>(`${this.url}/health/ready`, { proxy: false, timeout: 5_000, validateStatus: () => true })
    ).data;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Resolves when it has ended. */
  async exited(): Promise<Ended> {
    if (!this.ended) throw new Error(`${this.name} was never started`);
    return this.ended;
  }

  /** kill -9; resolves when it is gone. */
  async kill(): Promise<void> {
    if (!this.running) return;
    this.signal('SIGKILL');
    await this.exited();
  }

  /** SIGTERM; resolves with how it ended. */
  async stop(): Promise<Ended> {
    if (this.running) this.signal('SIGTERM');
    return this.exited();
  }

  /** Notes its memory, where the system tells it. */
  measure(): void {
    try {
      const pages = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
      this.peakMb = Math.max(this.peakMb, Math.round(Number(pages ?? 0) / 1024));
    } catch {
      // It does not run, or the system has no /proc.
    }
  }

  log(): string {
    try {
      return readFileSync(this.logFile, 'utf8');
    } catch {
      return '';
    }
  }

  lastLines(count = 8): string {
    return this.log().trimEnd().split('\n').slice(-count).join('\n');
  }
}
