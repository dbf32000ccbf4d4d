import { spawnSync } from 'node:child_process';
import { beforeAll, expect, test } from '@jest/globals';
import { root } from './workspace.mjs';

const forbidden = [
  ['libs/edi/src/planted.ts', "import { readFileSync as planted } from 'node:fs';"],
  ['libs/edi/src/planted.ts', "import { createMessaging as planted } from '@patchbay/messaging';"],
  ['libs/contracts/src/planted.ts', "import { createMessaging as planted } from '@patchbay/messaging';"],
  ['libs/outbound/src/planted.ts', "import { createMessaging as planted } from '@patchbay/messaging';"],
  ['libs/messaging/src/planted.ts', "import { Injectable as planted } from '@nestjs/common';"],
  ['libs/messaging/src/planted.ts', "import { laneOf as planted } from '../../contracts/src/lane';"],
  ['apps/dispatcher/src/planted.ts', "import { config as planted } from '../../config-service/src/config';"],
];
const allowed = [
  ['libs/messaging/src/planted.ts', "import { topology as planted } from '@patchbay/contracts';"],
  ['apps/dispatcher/src/planted.ts', "import { createMessaging as planted } from '@patchbay/messaging';"],
];

// ESLint and its configuration are ES modules, which jest cannot load: they run outside. The rule on directions is
// skipped without a word when there is no project graph yet, so it is made first.
const lintPlants = `
  import { createRequire } from 'node:module';
  import { readFileSync } from 'node:fs';
  const load = createRequire(process.cwd() + '/package.json');
  await load('nx/src/devkit-exports').createProjectGraphAsync({ exitOnError: false });
  const { ESLint } = load('eslint');
  const eslint = new ESLint();
  const messages = [];
  for (const [filePath, line] of JSON.parse(readFileSync(0, 'utf8'))) {
    const [result] = await eslint.lintText(line + '\\nexport const kept = planted;\\n', { filePath });
    messages.push(result.messages.map(({ ruleId, message }) => ruleId + ': ' + message));
  }
  process.stdout.write('\\u0000' + JSON.stringify(messages));
`;

let messages;

beforeAll(() => {
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', lintPlants], {
    cwd: root,
    input: JSON.stringify([...forbidden, ...allowed]),
    env: { ...process.env, NX_DAEMON: 'false' },
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  messages = JSON.parse(run.stdout.split('\u0000').at(-1));
}, 130_000);

test.each(forbidden.map((plant, index) => [...plant, index]))('in %s lint refuses: %s', (_file, _line, index) => {
  expect(messages[index].join('\n')).toMatch(/no-restricted-imports|enforce-module-boundaries/);
});

test.each(allowed.map((plant, index) => [...plant, forbidden.length + index]))(
  'in %s lint allows: %s',
  (_file, _line, index) => {
    expect(messages[index]).toEqual([]);
  },
);
