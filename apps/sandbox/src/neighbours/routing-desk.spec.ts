import type { ResultMessage } from '@patchbay/contracts';
import { RoutingDesk } from './routing-desk';

const now = new Date('2026-11-22T09:00:00Z');

function aResult(id: string, changes: Partial<ResultMessage> = {}): ResultMessage {
  return {
    id,
    event: { id: `event of ${id}`, name: 'queued', datetime: '2026-11-22T08:59:59Z' },
    contact: { id: 'leg', guid: 'conversation', channel_type: 'phone', direction: 'inbound' },
    integration: { id: 'i', name: 'Route', ordinal: 1, version: 1 },
    expires: '2026-11-22T09:01:00Z',
    set: { priority: 10 },
    ...changes,
  };
}

const at = (datetime: string, name: 'received' | 'queued' = 'queued') => ({
  id: `${datetime} ${name}`,
  name,
  datetime,
});

function setup() {
  const desk = new RoutingDesk();
  const take = (result: ResultMessage) => desk.take(result, now)['priority'];
  const priority = () => desk.tell().conversations[0]?.changes.find(({ operation }) => operation === 'priority')?.value;
  return { desk, take, priority };
}

describe('routing', () => {
  it('applies a set and remembers on whose word', () => {
    const { desk, take } = setup();
    expect(take(aResult('a'))).toBe('applied');
    expect(desk.tell().conversations).toEqual([
      {
        conversation: 'conversation',
        changes: [{ operation: 'priority', value: 10, integration: 'Route', event: 'queued' }],
      },
    ]);
  });

  it('drops a repeat by its id', () => {
    const { take, priority } = setup();
    take(aResult('a'));
    expect(take(aResult('a', { set: { priority: 99 } }))).toBe('repeated');
    expect(priority()).toBe(10);
  });

  it('ignores a set that has expired', () => {
    const { take, priority } = setup();
    expect(take(aResult('a', { expires: '2026-11-22T08:59:59.999Z' }))).toBe('expired');
    expect(priority()).toBeUndefined();
  });

  it('does an operation once per event, the first wins', () => {
    const { take, priority } = setup();
    const event = at('2026-11-22T08:59:59Z');
    take(aResult('a', { event }));
    expect(take(aResult('b', { event, set: { priority: 99 } }))).toBe('already-done');
    expect(priority()).toBe(10);
  });

  it('lets the later event win, whatever order the results come in', () => {
    const { take, priority } = setup();
    take(aResult('late', { event: at('2026-11-22T08:59:59Z'), set: { priority: 1 } }));
    expect(take(aResult('early', { event: at('2026-11-22T08:59:58Z'), set: { priority: 2 } }))).toBe('outdated');
    expect(priority()).toBe(1);
  });

  it('lets the later phase win between events of the same time', () => {
    const { take, priority } = setup();
    const datetime = '2026-11-22T08:59:59Z';
    take(aResult('q', { event: at(datetime, 'queued'), set: { priority: 1 } }));
    expect(take(aResult('r', { event: at(datetime, 'received'), set: { priority: 2 } }))).toBe('outdated');
    expect(priority()).toBe(1);
  });
});
