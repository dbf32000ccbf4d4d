// node tools/reference.mjs [--check] [--into FOLDER]: makes the pages of docs/reference from the registries of the
// language. With --check nothing is written: it names the pages that are stale, and then fails.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { loadLanguage } from './reference-language.mjs';
import { referencePages, stalePages } from './reference-pages.mjs';
import { root } from './workspace.mjs';

const { values: options } = parseArgs({
  options: { check: { type: 'boolean' }, into: { type: 'string', default: join(root, 'docs/reference') } },
});
const folder = resolve(options.into);

/** As `npm run format` would leave it. */
async function formatted([name, text]) {
  const filepath = join(root, 'docs/reference', name);
  return [name, await format(text, { ...(await resolveConfig(filepath)), filepath })];
}

const pages = new Map(await Promise.all([...referencePages(await loadLanguage())].map(formatted)));
const stale = stalePages(pages, (name) => {
  const file = join(folder, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
});

if (options.check) {
  for (const name of stale) process.stderr.write(`${relative(process.cwd(), join(folder, name))} is stale\n`);
  if (stale.length > 0)
    process.stderr.write('The language has changed: run `npm run reference` and commit the pages.\n');
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  await mkdir(folder, { recursive: true });
  for (const name of stale) await writeFile(join(folder, name), pages.get(name));
  process.stdout.write(`${pages.size} pages, ${stale.length} written\n`);
}
