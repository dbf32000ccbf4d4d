import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { serviceAddress } from './service-address';

/** An empty database of its own for one spec file. */
export interface TestDatabase {
  databaseUrl: string;
  remove(): Promise<void>;
}

/** Makes a database in the PostgreSQL that `npm test` started (TEST_DATABASE_URL). */
export async function createTestDatabase(): Promise<TestDatabase> {
  const address = new URL(serviceAddress('TEST_DATABASE_URL'));
  const name = `spec_${randomBytes(6).toString('hex')}`;
  await administer(address, `create database ${name}`);
  const own = new URL(address);
  own.pathname = `/${name}`;
  return {
    databaseUrl: own.toString(),
    remove: () => administer(address, `drop database if exists ${name} with (force)`),
  };
}

async function administer(address: URL, statement: string): Promise<void> {
  const client = new Client({ connectionString: address.toString() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
