import type { CallAnswer } from './call-result';
import { hideSecrets } from './hide-secrets';

const secret = 'pä$$&wörd';

function anAnswer(body: string | Buffer, headers: Record<string, string> = {}): CallAnswer {
  return { kind: 'answer', status: 200, headers, body: Buffer.from(body as string), durationMs: 1, timing: {} };
}

describe('S3.6: a secret that a service echoes', () => {
  it('is hidden wherever it stands in the body', () => {
    const { body } = hideSecrets(anAnswer(`{"a":"${secret}","b":"x${secret}${secret}y","ü":1}`), [secret]);
    expect(body.toString()).toBe('{"a":"********","b":"x****************y","ü":1}');
  });

  it('is hidden in the headers', () => {
    const { headers } = hideSecrets(anAnswer('', { 'x-echo': 'Basic YWxpY2U6cHc=', other: 'stays' }), ['YWxpY2U6cHc=']);
    expect({ ...headers }).toEqual({ 'x-echo': 'Basic ********', other: 'stays' });
  });

  it('is found between bytes that are no UTF-8', () => {
    const { body } = hideSecrets(anAnswer(Buffer.concat([Buffer.from([0xff]), Buffer.from(secret)])), [secret]);
    expect(body).toEqual(Buffer.concat([Buffer.from([0xff]), Buffer.from('********')]));
  });

  it('leaves an answer without one as it is', () => {
    const answer = anAnswer('nothing here', { a: 'b' });
    const { body, headers } = hideSecrets(answer, [secret]);
    expect([body, headers]).toEqual([answer.body, answer.headers]);
    expect(body).toBe(answer.body);
  });
});
