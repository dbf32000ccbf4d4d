import { plan } from '@bufbuild/cel';
import fc from 'fast-check';
import { parseCel } from './cel-tree';
import { meter } from './cost';
import { environment } from './environment';

function ask(source: string) {
  meter.begin();
  return plan(environment, parseCel(source))({});
}

describe('parts of a time', () => {
  it.each([
    ["timestamp('2026-03-08T02:30:00Z').getHours()", 2n],
    ["timestamp('2026-03-29T01:30:00Z').getHours('Europe/Helsinki')", 4n],
    ["timestamp('2026-03-29T00:59:59Z').getHours('Europe/Helsinki')", 2n],
    ["timestamp('2026-01-01T00:30:00Z').getDate('America/New_York')", 31n],
    ["timestamp('2026-01-01T00:30:00Z').getFullYear('America/New_York')", 2025n],
    ["timestamp('2026-01-01T00:30:00Z').getDayOfYear('America/New_York')", 364n],
    ["timestamp('2026-12-31T23:59:59Z').getDayOfYear()", 364n],
    ["timestamp('2024-12-31T23:59:59Z').getDayOfYear()", 365n],
    ["timestamp('2026-03-01T00:00:00Z').getDayOfMonth()", 0n],
    ["timestamp('2026-03-01T00:00:00Z').getDayOfWeek()", 0n],
    ["timestamp('2026-03-01T00:00:00Z').getMonth()", 2n],
    ["timestamp('2026-03-01T00:00:00Z').getHours('+05:30')", 5n],
    ["timestamp('2026-03-01T00:00:00Z').getMinutes('-00:15')", 45n],
    ["timestamp('2026-03-01T00:00:00Z').getMinutes('Asia/Kathmandu')", 45n],
    ["timestamp('2026-03-01T00:00:07.125Z').getSeconds('UTC')", 7n],
    ["timestamp('2026-03-01T00:00:07.125Z').getMilliseconds('Asia/Tokyo')", 125n],
    ["timestamp('0044-03-01T12:00:00Z').getFullYear()", 44n],
    ["timestamp('1969-12-31T23:59:59.900Z').getMilliseconds()", 900n],
  ])('%s is %s', (source, value) => {
    expect(ask(source)).toBe(value);
  });

  it('refuses a zone that there is not', () => {
    expect(ask("timestamp('2026-03-01T00:00:00Z').getHours('Europe/Atlantis')")).toBeInstanceOf(Error);
  });

  it('without a zone are those of UTC, wherever the process runs', () => {
    const date = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (when) => {
        const text = `timestamp('${when.toISOString()}')`;
        expect(ask(`${text}.getHours()`)).toBe(BigInt(when.getUTCHours()));
        expect(ask(`${text}.getDate()`)).toBe(BigInt(when.getUTCDate()));
        expect(ask(`${text}.getMonth('UTC')`)).toBe(BigInt(when.getUTCMonth()));
      }),
      { numRuns: 30 },
    );
  });
});
