import { Ledger, liesBelow } from './ledger';

function setup(bound?: number) {
  const ledger = new Ledger(bound);
  const write = (path: string, status = 200) =>
    ledger.write({ at: '', method: 'GET', path, query: '', body: '', status }, { host: 'x' });
  return { ledger, write };
}

describe('the ledger', () => {
  it('selects by path and by sequence', () => {
    const { ledger, write } = setup();
    for (const path of ['/a', '/a/b', '/ab', '/a']) write(path);
    const chosen = (selection: object) => ledger.select(selection).map(({ sequence }) => sequence);
    expect(chosen({ path: '/a' })).toEqual([1, 2, 4]);
    expect(chosen({ since: 2 })).toEqual([3, 4]);
    expect(chosen({ limit: 1 })).toEqual([1]);
  });

  it('keeps the newest beyond its bound and counts them all', () => {
    const { ledger, write } = setup(10);
    for (let n = 0; n < 95; n++) write('/a', n % 2 ? 200 : 503);
    const { total, kept, byPath } = ledger.summary();
    expect([total, kept <= 20, byPath]).toEqual([95, true, { '/a': { 200: 47, 503: 48 } }]);
    expect(ledger.select().at(-1)?.sequence).toBe(95);
  });

  it('tells when there were so many requests, or that the time is over', async () => {
    const { ledger, write } = setup();
    const reached = ledger.reaches(2, 60_000).then(() => ledger.summary().total);
    for (let n = 0; n < 2; n++) write('/a');
    write('/b');
    expect(await reached).toBe(3);
    await ledger.reaches(100, 1);
    expect(ledger.summary().total).toBe(3);
  });

  it('holds 20,000 entries that read back as JSON at once', () => {
    const { ledger, write } = setup();
    for (let n = 0; n < 20_000; n++) write('/events');
    expect((JSON.parse(JSON.stringify(ledger.select())) as unknown[]).length).toBe(20_000);
  });
});

it.each([
  ['/a/b', '/a', true],
  ['/a', '/a', true],
  ['/ab', '/a', false],
  ['/b', '', true],
])('whether %s lies below %s: %s', (path, above, below) => expect(liesBelow(path, above)).toBe(below));
