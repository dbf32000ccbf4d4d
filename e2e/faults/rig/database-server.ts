import { eventually } from '@patchbay/testing';
import { mkdirSync } from 'node:fs';
import { Client } from 'pg';
import type { Servers } from './servers';

/** A PostgreSQL of a test's own that keeps what it has committed, whatever becomes of it. */
export class DatabaseServer {
  databaseUrl = '';
  private pid = 0;

  private constructor(
    private readonly servers: Servers,
    private readonly place: { folder: string; port: number; password: string },
  ) {}

  static async start(servers: Servers, folder: string): Promise<DatabaseServer> {
    // The database runs as a user of its own, who has to get here.
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    const { port } = await servers.tell<{ port: number }>('ports', ['port']);
    const server = new DatabaseServer(servers, { folder, port: port!, password: 'fault' });
    await server.start();
    return server;
  }

  /** Starts it (again) on its data. */
  async start(): Promise<void> {
    const started = await this.servers.tell<{ pid: number; databaseUrl: string }>('startDatabase', this.place);
    this.pid = started.pid;
    this.databaseUrl = started.databaseUrl;
  }

  /** SIGINT is "fast": sessions are ended and the data is put in order. SIGKILL is a power cut for the head process. */
  async stop(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    const { pid } = this;
    process.kill(pid, signal);
    await eventually('PostgreSQL has ended', () => !isThere(pid), 30_000);
  }

  /** A query in the schema of delivery-log. */
  async query<T extends object>(text: string, values: unknown[] = []): Promise<T[]> {
    const options = '-c search_path=deliveries';
    const client = new Client({ connectionString: this.databaseUrl, connectionTimeoutMillis: 5_000, options });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<T>(text, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
