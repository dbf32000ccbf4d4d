import { AnswerTooComplex, readResponse } from './answer';

const read = (text: string | Buffer, type = 'application/json') =>
  readResponse({
    status: 200,
    headers: { 'content-type': type },
    body: Buffer.from(text as string),
    durationSeconds: 0.1,
  });

describe('readResponse', () => {
  it.each<[string, string, unknown]>([
    ['an object', '{"a":1}', { a: 1 }],
    ['a scalar', '5', 5],
    ['an array', '[1]', [1]],
    ['a byte order mark', '\ufeff{"a":1}', { a: 1 }],
    [
      'a large integer',
      '{"id":9007199254740993,"n":1.5,"s":"1234567890123456789"}',
      { id: '9007199254740993', n: 1.5, s: '1234567890123456789' },
    ],
  ])('reads %s as JSON whatever the type says', (_, text, body) => expect(read(text, 'text/plain').body).toEqual(body));

  it('reads anything else as text in its charset', () => {
    expect(read('hello').text).toBe('hello');
    expect(read(Buffer.from([0xe4]), 'text/plain; charset=iso-8859-1').text).toBe('ä');
    expect(read(Buffer.from('ä'), 'text/plain; charset=unheard-of').text).toBe('ä');
  });
  it('reads windows-1252 as the standard says', () => {
    expect(read(Buffer.from([0x80, 0x81, 0x9f, 0xe4]), 'text/plain; charset=windows-1252').text).toBe('€\u0081Ÿä');
  });
  it('takes 64 levels and no more', () => {
    expect(read('['.repeat(64) + ']'.repeat(64)).body).toBeDefined();
    expect(() => read('['.repeat(65) + ']'.repeat(65))).toThrow(AnswerTooComplex);
  });
  it('has neither body nor text when empty', () => expect(read('')).not.toHaveProperty('body'));
  it('H2.14: refuses JSON that is too deep or too wide', () => {
    expect(() => read('['.repeat(100_000) + ']'.repeat(100_000))).toThrow(AnswerTooComplex);
    expect(() => read(JSON.stringify(Array.from({ length: 10_001 }, () => 1)))).toThrow(AnswerTooComplex);
  });
});
