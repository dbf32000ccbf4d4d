import { eventNames } from '@patchbay/edi';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRealDay } from './real-day';

const file = join(__dirname, '../../../../../shared/data/bank-calls-one-day.csv');
const header = 'call_id,line,type,vru_entry,vru_exit,q_start,q_exit,outcome,ser_start,ser_exit,agent';
const day = (...lines: string[]) => readRealDay([header, ...lines].join('\r\n'));
const brief = (...lines: string[]) => day(...lines).map(({ at, name }) => `${at} ${name}`);

describe('a recorded call', () => {
  it.each([
    [
      'served after a queue',
      '1,AA,PS,0:00:10,0:00:20,0:00:20,0:00:50,AGENT,0:00:51,0:01:00,agent-01',
      ['10 received', '20 queued', '51 allocated', '51 accepted', '60 ended'],
    ],
    [
      'served without a queue',
      '1,AA,PS,0:00:10,0:00:20,0:00:00,0:00:00,AGENT,0:00:20,0:01:00,agent-01',
      ['10 received', '20 allocated', '20 accepted', '60 ended'],
    ],
    [
      'hung up in the queue',
      '1,AA,PS,0:00:10,0:00:20,0:00:20,0:00:50,HANG,0:00:00,0:00:00,',
      ['10 received', '20 queued', '50 abandoned'],
    ],
    [
      'hung up before the queue',
      '1,AA,PS,0:00:10,0:00:20,0:00:00,0:00:00,HANG,0:00:00,0:00:00,',
      ['10 received', '20 abandoned'],
    ],
    [
      'hung up with service times',
      '1,AA,PS,0:00:10,0:00:20,0:00:20,0:00:50,HANG,0:00:51,0:01:00,',
      ['10 received', '20 queued', '50 abandoned'],
    ],
    [
      'served without service times: clamped',
      '1,AA,NW,0:00:10,0:00:20,0:00:20,0:00:50,AGENT,0:00:00,0:00:00,agent-12',
      ['10 received', '20 queued', '20 allocated', '20 accepted', '20 ended'],
    ],
    ['a phantom', '1,AA,PS,0:00:10,0:00:20,0:00:00,0:00:00,PHANTOM,0:00:00,0:00:00,', []],
  ])('%s', (_, line, events) => expect(brief(line)).toEqual(events));

  it('is told by id, line, type as queue, and agent once there is one', () => {
    const [received, allocated] = day('43,AA01,IN,0:00:10,0:00:20,0:00:00,0:00:00,AGENT,0:00:20,0:01:00,agent-01');
    expect(received!.contact).toMatchObject({ id: '43-AA01', guid: '43-AA01', agent: null });
    expect(received!.contact['queue']).toEqual({ id: 'IN', address: 'IN' });
    expect(allocated!.contact['agent']).toMatchObject({ id: 'agent-01' });
  });

  it('has the same event ids on every reading, different from event to event', () => {
    const line = '1,AA,PS,0:00:10,0:00:20,0:00:20,0:00:50,HANG,0:00:00,0:00:00,';
    expect(day(line)).toEqual(day(line));
    expect(new Set(day(line).map(({ id }) => id)).size).toBe(3);
  });
});

it('events of different calls come in the order of their times', () => {
  const late = '1,AA,PS,0:00:30,0:00:40,0:00:00,0:00:00,HANG,0:00:00,0:00:00,';
  const early = '2,AA,PS,0:00:10,0:00:35,0:00:00,0:00:00,HANG,0:00:00,0:00:00,';
  expect(brief(late, early)).toEqual(['10 received', '30 received', '35 abandoned', '40 abandoned']);
});

describe('a file of another form is refused, saying where', () => {
  it.each([
    ['another header', () => readRealDay('a,b\n1,2'), 'line 1: expected the columns call_id'],
    ['a short line', () => day('1,2'), 'line 2: expected 11 cells, found 2'],
    ['no time', () => day('1,AA,PS,x,0:0:1,,,HANG,,,'), 'line 2: vru_entry is no time h:mm:ss: "x"'],
  ])('%s', (_, read, message) => expect(read).toThrow(message));
});

const withFile = existsSync(file) ? it : it.skip;
withFile('the real day (skipped where its file is not there) has 2,357 calls and 9,707 events', () => {
  const events = readRealDay(readFileSync(file, 'utf8'));
  const counts = Object.fromEntries(
    eventNames.map((name) => [name, events.filter((event) => event.name === name).length]),
  );
  expect(counts).toEqual({
    received: 2357,
    queued: 1971,
    allocated: 1511,
    accepted: 1511,
    ended: 1511,
    abandoned: 846,
    rejected: 0,
    transferred: 0,
    forwarded: 0,
    closed: 0,
  });
  expect(new Set(events.map(({ contact }) => contact.id)).size).toBe(2357);
  expect(new Set(events.map(({ id }) => id)).size).toBe(9707);
  expect(events.every(({ at }, index) => index === 0 || events[index - 1]!.at <= at)).toBe(true);
});
