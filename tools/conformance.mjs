// npm run conformance: bundles the conformance runner with the libraries it needs and runs it with plain node.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './workspace.mjs';

const folder = mkdtempSync(join(tmpdir(), 'patchbay-conformance-'));
const file = join(folder, 'run.cjs');
try {
  const bundle = await rolldown({
    input: join(root, 'conformance', 'run.ts'),
    cwd: root,
    platform: 'node',
    tsconfig: join(root, 'tsconfig.base.json'),
  });
  await bundle.write({ file, format: 'cjs', keepNames: true });
  await bundle.close();
  const { status } = spawnSync(process.execPath, [file, join(root, 'conformance')], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
