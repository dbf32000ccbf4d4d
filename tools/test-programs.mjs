import { canInstallPackages, installPackages } from './debian-package.mjs';
import { findExecutable } from './workspace.mjs';

/** Software by others against which the calls are proven, and where a distribution has it. */
const programs = [
  { names: ['apache2', 'httpd'], package: 'apache2-bin' },
  { names: ['nginx'], package: 'nginx' },
  { names: ['curl'], package: 'curl' },
];

function isThere({ names }) {
  return names.some((name) => findExecutable(name));
}

/**
 * Installs the programs that are missing, where that is possible; otherwise says which tests skip themselves. Nothing
 * fails for them.
 */
export async function provideTestPrograms(note) {
  const missing = programs.filter((program) => !isThere(program));
  if (missing.length === 0) return;
  const packages = missing.map((program) => program.package);
  if (!canInstallPackages()) {
    note(
      `skips what needs ${packages.join(', ')}: not installed, and only root on Debian can have them installed here`,
    );
    return;
  }
  try {
    await installPackages(packages, note);
  } catch (error) {
    note(`skips what needs ${packages.join(', ')}: ${error.message}`);
  }
}
