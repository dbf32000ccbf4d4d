import type { Difference } from './runner/compare';
import { checkCase } from './runner/check-case';
import { readCases } from './runner/read-cases';

// Runs every case of the folder given as argument and says which fail and how; the last line counts.

const [folder = 'conformance'] = process.argv.slice(2);
const { base, areas } = readCases(folder);
let passed = 0;
let failed = 0;
for (const { name, cases } of areas) {
  for (const one of cases) {
    const differences = checkCase(one, base);
    if (differences.length === 0) passed++;
    else {
      failed++;
      process.stdout.write(report(`${name}: ${one.title}`, one.rule, differences));
    }
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function report(title: string, rule: string, differences: Difference[]): string {
  const lines = differences.map(
    ({ what, expected, actual }) => `    ${what}\n      expected ${shown(expected)}\n      actual   ${shown(actual)}`,
  );
  return `FAILED ${title}\n    (language.md ${rule})\n${lines.join('\n')}\n\n`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 400 ? `${text.slice(0, 400)}...` : text;
}
