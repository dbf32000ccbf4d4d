import { createTestDatabase, eventually, type TestDatabase } from '@patchbay/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource, databaseFault, openDatabase, runMigrations } from './database';
import { createLogger } from './logger';

class CreateThings1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table things (id uuid primary key)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table things');
  }
}

describe('the database of a service', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.remove());

  const setup = (schema: string) => ({
    url: database.databaseUrl,
    schema,
    entities: [],
    migrations: [CreateThings1700000000000],
  });

  it('is brought up to date once by replicas that start together', async () => {
    const options = setup('together');
    const applied = await Promise.all([1, 2, 3].map(() => runMigrations(options)));
    expect(applied.flatMap((one) => one.applied)).toEqual(['CreateThings1700000000000']);
  });

  it('keeps its tables in its own schema', async () => {
    const options = setup('apart');
    await runMigrations(options);
    const dataSource = await createDataSource(options).initialize();
    const tables = await dataSource.query(
      `select table_name from information_schema.tables where table_schema = 'apart' order by 1`,
    );
    await dataSource.destroy();
    expect(tables.map((row: { table_name: string }) => row.table_name)).toEqual(['migrations', 'things']);
  });

  it('is waited for until its schema is migrated, saying what to do', async () => {
    const lines: string[] = [];
    const logger = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line).msg) });
    const opening = openDatabase(setup('late'), logger);
    await eventually('it waits', () => lines.length > 0);
    expect(lines[0]).toMatch(
      /the schema "late" is not there yet.*CreateThings1700000000000 not applied; run .* "migrate" first/,
    );
    await runMigrations(setup('late'));
    const dataSource = await opening;
    await dataSource.destroy();
    expect(lines.at(-1)).toBe('the schema "late" is there now');
  });

  it('is said to be well only while it answers', async () => {
    const dataSource = createDataSource(setup('apart'));
    expect(await databaseFault(dataSource)).toBe('not connected yet');
    await dataSource.initialize();
    expect(await databaseFault(dataSource)).toBeUndefined();
    await dataSource.destroy();
  });
});
