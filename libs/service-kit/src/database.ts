import { Client } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { sentenceOf } from './cannot-start';
import type { Logger } from './logger';
import { retryForever } from './retry-forever';

/** Where a service keeps its tables: a schema of its own in one PostgreSQL database. */
export interface DatabaseOptions {
  url: string;
  schema: string;
  entities: NonNullable<DataSourceOptions['entities']>;
  migrations: NonNullable<DataSourceOptions['migrations']>;
}

const connectWithinMs = 5_000;

/** A TypeORM data source for the schema, not yet connected; it never changes the schema by itself. */
export function createDataSource({ url, schema, entities, migrations }: DatabaseOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    schema,
    entities,
    migrations,
    migrationsTableName: 'migrations',
    synchronize: false,
    logging: false,
    // Ids are made by the services, so no extension is needed, and none may be installed with plain rights.
    installExtensions: false,
    connectTimeoutMS: connectWithinMs,
    poolErrorHandler: () => undefined,
    extra: { max: 10, options: `-c search_path=${schema}` },
  });
}

/** Connects, waiting as long as it takes for the database to answer and for its schema to be migrated. */
export async function openDatabase(options: DatabaseOptions, logger: Logger): Promise<DataSource> {
  const dataSource = createDataSource(options);
  await retryForever('PostgreSQL', () => dataSource.initialize(), logger);
  await retryForever(`the schema "${options.schema}"`, () => assertMigrated(dataSource), logger);
  return dataSource;
}

/** Waits as long as it takes for the database to answer. */
export async function waitForDatabase(options: DatabaseOptions, logger: Logger): Promise<void> {
  const dataSource = createDataSource(options);
  await retryForever('PostgreSQL', () => dataSource.initialize(), logger);
  await dataSource.destroy();
}

async function assertMigrated(dataSource: DataSource): Promise<void> {
  const [table] = await dataSource.query<{ present: boolean }[]>(
    `select to_regclass('migrations') is not null as present`,
  );
  const done = table?.present ? await dataSource.query<{ name: string }[]>('select name from migrations') : [];
  const missing = dataSource.migrations
    .map((migration) => migration.name ?? migration.constructor.name)
    .filter((name) => !done.some((one) => one.name === name));
  if (missing.length > 0) throw new Error(`${missing.join(', ')} not applied; run this service with "migrate" first`);
}

/** Brings the schema up to date, creating it first. Several processes at once take turns. Throws when unreachable. */
export async function runMigrations(options: DatabaseOptions): Promise<{ applied: string[] }> {
  const client = new Client({ connectionString: options.url, connectionTimeoutMillis: connectWithinMs });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(hashtext($1))', [`migrate ${options.schema}`]);
    await client.query(`create schema if not exists "${options.schema}"`);
    return { applied: await migrate(createDataSource(options)) };
  } finally {
    // Closing the session also gives the lock back.
    await client.end();
  }
}

async function migrate(dataSource: DataSource): Promise<string[]> {
  await dataSource.initialize();
  try {
    const applied = await dataSource.runMigrations({ transaction: 'each' });
    return applied.map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}

/** A check for readiness: undefined when the database answers, else why not. */
export async function databaseFault(dataSource: DataSource): Promise<string | undefined> {
  if (!dataSource.isInitialized) return 'not connected yet';
  try {
    await dataSource.query('select 1');
    return undefined;
  } catch (error) {
    return sentenceOf(error);
  }
}
