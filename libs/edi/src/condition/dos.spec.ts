import { compileCondition } from '.';
import { normaliseEvent } from '../event';
import type { Json } from '../json';
import { costLimit, meter } from './cost';

// An event has at most 256 KiB; these fill it.
const numbers = Array.from({ length: 120_000 }, () => 1);
const texts = Array.from({ length: 25_000 }, (_, n) => `t${n}`);
const text = 'a'.repeat(250_000);
const patterns = Array.from({ length: 20_000 }, (_, n) => `(a{9}){9}${n}`);
const zones = Array.from({ length: 20_000 }, (_, n) => `Zone/${n}`);
const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as Json;

function run(source: string, attached_data: Json) {
  const { event, contact } = normaliseEvent(
    {
      event: { name: 'queued', datetime: '2026-01-02T03:04:05Z' },
      contact: { id: 'c', channel_type: 'chat', direction: 'inbound', attached_data },
    },
    (seed) => seed,
  );
  const condition = compileCondition(source.replaceAll('data.', 'contact.attached_data.'));
  if ('fault' in condition) throw new Error(condition.fault);
  const started = performance.now();
  const outcome = condition.evaluate(event, contact, { now: Date.parse('2026-01-02T03:04:05Z'), random: 0 });
  return { outcome, took: performance.now() - started };
}

const tooLong = { error: expect.stringContaining('takes too long for this event') };

// All of these stop within 0.3 s (2 cores, Node 20); without the bound most take minutes, or for ever.
const patience = 3_000;

describe('H2.25: a condition made to take long', () => {
  it.each<[string, Json]>([
    ['data.l.all(x, data.l.all(y, data.l.all(z, z == 1)))', { l: numbers }],
    ['data.l.all(x, x)', { l: numbers }],
    ["data.l.all(x, x > 'a')", { l: numbers }],
    ['data.l.filter(x, x).size() == 0', { l: numbers }],
    ['data.l.all(x, x in data.l)', { l: texts }],
    ['data.l.all(x, data.a == data.b)', { l: texts, a: [numbers.slice(0, 40_000)], b: [numbers.slice(0, 40_000)] }],
    [
      'data.l.all(x, !([x] in [data.a, data.b]))',
      { l: texts, a: [numbers.slice(0, 40_000)], b: [numbers.slice(0, 40_000)] },
    ],
    ["data.l.map(x, x).map(x, x).map(x, x).map(x, x).exists(x, x == 'none')", { l: texts }],
    ['(data.l + data.l + data.l).all(x, x == 1)', { l: numbers }],
    ['data.a.contains(data.b)', { a: text.slice(0, 160_000), b: `${text.slice(0, 45_000)}b${text.slice(0, 45_000)}` }],
    [
      'data.a.indexOf(data.b) > 0',
      { a: text.slice(0, 160_000), b: `${text.slice(0, 45_000)}b${text.slice(0, 45_000)}` },
    ],
    ["data.a.replace('a', data.a) == ''", { a: text }],
    ["data.a.split('').join(data.a) == ''", { a: text }],
    ["data.l.all(x, data.a.lowerAscii() != '')", { l: numbers.slice(0, 60_000), a: text.slice(0, 120_000) }],
    ["data.l.all(x, '%s'.format([contact]) != '')", { l: numbers }],
    ["data.a.matches('(a|b)*a(a|b){12}$')", { a: text }],
    ["data.l.all(x, !'aaa'.matches(x))", { l: patterns.slice(0, 12_000) }],
    ["data.l.all(x, now.getHours(x) >= 0 || x != '')", { l: zones }],
    ["data.l.all(x, now.getHours('Asia/Tokyo') >= 0)", { l: numbers }],
    ["data.l.all(x, timestamp('2026-01-02T03:04:0' + string(x % 10.0) + 'Z') > now || true)", { l: numbers }],
    [
      'data.l.all(x, [1, 2, 3, 4, 5, 6, 7, 8, 9].all(y, [1, 2, 3, 4, 5, 6, 7, 8, 9].all(z, x + 1.0 > 0.0)))',
      { l: numbers },
    ],
  ])('%s is stopped', (source, data) => {
    const { outcome, took } = run(source, data);
    expect(outcome).toEqual(tooLong);
    expect(took).toBeLessThan(patience);
  });

  it.each<[string, Json]>([
    ['int(data.a) == 1', { a: '9'.repeat(250_000) }],
    ["double(data.a) == 1.0 || duration(data.a) == duration('1s')", { a: '1h'.repeat(125_000) }],
    ['now.getHours(data.a) == 1', { a: 'A/'.repeat(125_000) }],
    ['data.a.matches(data.a)', { a: text }],
    ['data.a == data.b', { a: deep, b: deep }],
    ["'%.999999999f'.format([1.5]) == ''", {}],
    ["data.a.matches('(((a{100}){100}){100})')", { a: '' }],
  ])('%s is an error, soon', (source, data) => {
    const { outcome, took } = safely(() => run(source, data));
    expect(outcome).toHaveProperty('error');
    expect(took).toBeLessThan(patience);
  });

  it.each<[string, Json]>([
    ["!data.l.exists(x, x == 'none')", { l: texts }],
    ["!('none' in data.l)", { l: texts }],
    ["!data.l.exists(x, x.startsWith('none'))", { l: texts.slice(0, 20_000) }],
    ["data.l.filter(x, x == 't7').size() == 1", { l: texts.slice(0, 10_000) }],
    ["!data.a.contains('a needle in a haystack')", { a: text }],
    ["data.a.matches('^a+$')", { a: text.slice(0, 50_000) }],
    ['data.a.lowerAscii().size() == 250000', { a: text }],
    ['data.a == data.b', { a: numbers.slice(0, 60_000), b: numbers.slice(0, 60_000) }],
  ])('%s is not, though its data is large', (source, data) => {
    expect(run(source, data).outcome).toEqual({ holds: true });
  });

  it('matches in time that grows with the text, not faster: (a+)+$ on 24,000 letters and one that breaks it', () => {
    const { outcome, took } = run("data.a.matches('^(a+)+$')", { a: `${text.slice(0, 24_000)}!` });
    expect(outcome).toEqual({ holds: false });
    expect(took).toBeLessThan(patience);
  });

  it('costs nothing to speak of when it is a usual one', () => {
    run("contact.channel_type == 'chat' && contact.priority == null && data.tier == 'gold'", { tier: 'gold' });
    expect(meter.spent).toBeLessThan(costLimit / 100_000);
  });

  it('costs the same again for the next event', () => {
    const once = () => run("data.l.exists(x, x == 'none')", { l: texts.slice(0, 1_000) }) && meter.spent;
    expect(once()).toBe(once());
  });
});

/** A pattern that is refused when the condition is saved is as good as an error. */
function safely(attempt: () => ReturnType<typeof run>): { outcome: unknown; took: number } {
  const started = performance.now();
  try {
    return attempt();
  } catch (error) {
    return { outcome: { error }, took: performance.now() - started };
  }
}
