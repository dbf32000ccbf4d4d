import { Fault } from './fault.mjs';
import { databaseAnswers, startPostgres } from './postgres-instance.mjs';

/**
 * Finds or makes a PostgreSQL: the one DATABASE_URL names, else one of our own from the machine's programs or from
 * those in node_modules. Returns `{ databaseUrl }`. What it starts it hands to `own({ process, stop, kill })`
 * at once; a given one nobody stops.
 */
export async function provideDatabase({ environment = process.env, ...options }) {
  const given = environment.DATABASE_URL;
  if (!given) return startPostgres(options);
  if (!URL.canParse(given))
    throw new Fault('DATABASE_URL is no address. Give one such as postgres://user:password@host:5432/database.');
  const { host, pathname } = new URL(given);
  const label = `PostgreSQL at ${host}${pathname} (DATABASE_URL)`;
  const [{ version }] = await databaseAnswers(given, { label, note: options.note });
  options.note(`PostgreSQL ${version.split(' ')[0]}, the given one at ${host}${pathname}`);
  return { databaseUrl: given };
}
