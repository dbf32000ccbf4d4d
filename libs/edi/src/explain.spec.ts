import type { Answer } from './answer';
import { compileIntegration } from './compile';
import { normaliseEvent } from './event';
import { explain } from './explain';
import type { Findings } from './fault';
import type { Integration } from './integration';
import { applyAnswer, mask, preview } from './preview';

const moment = { now: Date.parse('2026-01-02T03:04:05Z'), random: 0.5 };

function compile(change: object = {}, request: object = {}, response?: object) {
  const findings: Findings = { faults: [], warnings: [] };
  const record = {
    id: 'i',
    name: 'n',
    description: '',
    channel: 'multi',
    ordinal: 1,
    direction: 'both',
    events: ['queued'],
    direct: { calls: false, chats: false },
    queues: ['q1'],
    authentications: ['basic:alice', 'api-key'],
    delivery: {},
    suspended: null,
    version: 1,
    createdAt: '',
    endpointUrl: 'https://a.example.com/{contact.id}',
    ...change,
    configuration: { request: { method: 'POST', body: { e: '{event}' }, ...request }, ...(response && { response }) },
  } as unknown as Integration;
  const compiled = compileIntegration(record, findings);
  if (!compiled) throw new Error(JSON.stringify(findings));
  return compiled;
}
const event = (contact: object = {}, name = 'queued') =>
  normaliseEvent(
    {
      id: 'e',
      event: { name, datetime: '2026-01-02T03:04:05Z' },
      contact: { id: 'C1', channel_type: 'phone', direction: 'inbound', queue: { id: 'q1' }, ...contact },
    },
    String,
  );
const answer = (body: unknown, status = 200): Answer => ({
  status,
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
  durationSeconds: 0.2,
});

describe('explain', () => {
  it('says it fires when every rule and the condition hold', () => {
    const explanation = explain(event(), compile({}, { condition: "contact.channel_type == 'phone'" }), moment);
    expect(explanation.fires).toBe(true);
    expect(explanation.rules.map(({ rule, holds }) => [rule, holds])).toEqual([
      [0, true],
      [1, true],
      [2, true],
      [3, true],
      [4, true],
    ]);
    expect(explanation.condition).toEqual({ source: "contact.channel_type == 'phone'", holds: true });
  });

  it.each<[number, object, object]>([
    [0, { suspended: { since: '', reason: 'gone' } }, {}],
    [1, { events: ['ended'] }, {}],
    [2, { direction: 'outbound' }, {}],
    [3, { channel: 'chat' }, {}],
    [4, { queues: ['q2'] }, {}],
    [4, {}, { queue: null }],
    [4, {}, { queue: {} }],
  ])('names rule %i with both values when it does not hold', (rule, change, contact) => {
    const { fires, rules } = explain(event(contact), compile(change), moment);
    expect(fires).toBe(false);
    expect(rules.filter(({ holds }) => !holds)).toEqual([expect.objectContaining({ rule, asks: expect.any(String) })]);
  });

  it('says what the condition gave when it is false or an error', () => {
    expect(explain(event(), compile({}, { condition: 'false' }), moment)).toMatchObject({
      fires: false,
      condition: { holds: false },
    });
    expect(explain(event(), compile({}, { condition: 'int(contact.id) == 1' }), moment)).toMatchObject({
      fires: false,
      condition: { error: expect.any(String) },
    });
  });
});

describe('preview', () => {
  it('shows the request with secrets masked', () => {
    const shown = preview(
      event(),
      compile(
        {},
        { authentication: { type: 'basic' }, headers: { 'x-api-key': '{authentications.api-key}' }, params: { a: 1 } },
      ),
    );
    expect(shown).toEqual({
      method: 'POST',
      url: 'https://a.example.com/C1?a=1',
      body: '{"e":{"name":"queued","datetime":"2026-01-02T03:04:05Z"}}',
      headers: { 'Content-Type': 'application/json', Authorization: `basic ${mask}`, 'x-api-key': mask },
    });
  });
  it('says why no request can be made', () => {
    expect(preview(event({ source: '' }), compile({ endpointUrl: 'https://a.example.com/{contact.source}' }))).toEqual({
      fault: {
        path: 'endpointUrl',
        code: 'render',
        message: expect.stringContaining('{contact.source} is missing or empty'),
      },
    });
  });
});

describe('applyAnswer', () => {
  const response = {
    set: { priority: '{response.body.p}', queue: { id: 'vip' } },
    save: { name: '{response.body.name}', code: '{status}', all: '*' },
  };
  it('shows what would be set and saved, and what not and why', () => {
    const applied = applyAnswer(event(), compile({}, {}, response), answer({ p: '7', name: 'Ada' }));
    expect(applied).toMatchObject({ verdict: 'succeeded', set: { priority: 7 }, save: { name: 'Ada', code: 200 } });
    expect(applied.notDone).toEqual([
      { name: 'queue', reason: 'queue cannot be applied at queued: the conversation is queued' },
    ]);
    expect(applied.save['all']).toEqual({
      config_id: 'i',
      method: 'POST',
      url: 'https://a.example.com/C1',
      query_params: {},
      status: 200,
      duration: 0.2,
      headers: {},
      body: { p: '7', name: 'Ada' },
    });
  });
  it('takes header names in any case', () => {
    const compiled = compile({}, {}, { save: { t: '{response.headers.X-Trace}' } });
    expect(applyAnswer(event(), compiled, { ...answer({}), headers: { 'x-trace': 'abc' } }).save).toEqual({ t: 'abc' });
  });
  it('saves only what speaks of the call when the service failed', () => {
    const applied = applyAnswer(event(), compile({}, {}, response), answer({ p: 7 }, 500));
    expect(applied).toMatchObject({ verdict: 'retry', set: {} });
    expect(Object.keys(applied.save)).toEqual(['code', 'all']);
  });
});
