import { createHash } from 'node:crypto';
import type { DigestChallenge } from './digest-challenge';
import { digestResponse, writeAuthorization, type DigestUse } from './digest-response';

const mufasa = { username: 'Mufasa', password: 'Circle of Life' };
const plain: DigestChallenge = {
  realm: 'http-auth@example.org',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  opaque: 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS',
  algorithm: 'MD5',
  hash: 'md5',
  session: false,
  qop: 'auth',
  userhash: false,
  utf8: false,
  stale: false,
};
const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
const use: DigestUse = {
  method: 'GET',
  target: '/dir/index.html',
  count: 1,
  cnonce,
  prime: { nonce: plain.nonce, cnonce },
};

/** Puts the text of RFC 7616, sections 3.4.1 to 3.4.3, together from hand-written parts. */
function byHand(hash: string, a1: string | Buffer, middle: string, a2: string): string {
  const h = (data: string | Buffer) => createHash(hash).update(data).digest('hex');
  return h(`${h(a1)}:${middle}:${h(a2)}`);
}

describe('the response', () => {
  test.each([
    ['MD5', 'md5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', 'sha256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('H2.42: with %s is that of RFC 7616, section 3.9.1', (algorithm, hash, response) => {
    expect(digestResponse({ ...plain, algorithm, hash }, mufasa, use)).toBe(response);
  });

  test('H2.42: has a SHA-512-256 that hashes "abc" as FIPS 180-4 does', () => {
    const abc = '53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23';
    expect(createHash('sha512-256').update('abc').digest('hex')).toBe(abc);
  });

  test('H2.42: with SHA-512-256, userhash and UTF-8 is that of the inputs of RFC 7616, section 3.9.2', () => {
    // The digits printed there are wrong (erratum 4897), so the expected ones are put together here from bytes.
    const challenge: DigestChallenge = {
      ...plain,
      realm: 'api@example.org',
      nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
      opaque: 'HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS',
      algorithm: 'SHA-512-256',
      hash: 'sha512-256',
      userhash: true,
      utf8: true,
    };
    const jason = { username: 'J\u00e4s\u00f8n Doe', password: 'Secret, or not?' };
    const own = 'NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm';
    const asked = { ...use, target: '/doe.json', cnonce: own };
    const name = Buffer.from('4ac3a473c3b86e20446f65', 'hex');
    const a1 = Buffer.concat([name, Buffer.from(':api@example.org:Secret, or not?')]);
    const response = byHand('sha512-256', a1, `${challenge.nonce}:00000001:${own}:auth`, 'GET:/doe.json');
    const userhash = createHash('sha512-256').update(name).update(':api@example.org').digest('hex');
    expect(digestResponse(challenge, jason, asked)).toBe(response);
    const header = writeAuthorization(challenge, jason, asked);
    expect(header).toContain(`Digest username="${userhash}", realm="api@example.org"`);
    expect(header).toMatch(/, userhash=true$/);
  });

  const older = {
    ...plain,
    realm: 'testrealm@host.com',
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    opaque: '5ccc069c403ebaf9f0171e9517f40e41',
  };
  const circle = { username: 'Mufasa', password: 'Circle Of Life' };

  test('H2.41: is that of RFC 2617, section 3.5', () => {
    const asked = { ...use, cnonce: '0a4f113b' };
    expect(digestResponse(older, circle, asked)).toBe('6629fae49393a05397450978507c4ef1');
  });

  test('H2.41: without qop is that of RFC 2069, as its erratum has it', () => {
    const { qop: _, ...challenge } = { ...older, nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093' };
    const credentials = { username: 'Mufasa', password: 'CircleOfLife' };
    expect(digestResponse(challenge, credentials, use)).toBe('1949323746fe6a43ef61f9606e7febea');
  });

  test.each([
    ['a body', 'k\u00e4se', 'k\u00e4se'],
    ['no body', undefined, ''],
  ])('H2.41: with auth-int covers %s', (_, body, hashed) => {
    const entity = createHash('md5').update(hashed, 'utf8').digest('hex');
    const middle = `${plain.nonce}:0000002a:${cnonce}:auth-int`;
    const expected = byHand('md5', 'Mufasa:http-auth@example.org:Circle of Life', middle, `PUT:/x?y=%20:${entity}`);
    const asked = { ...use, method: 'PUT', target: '/x?y=%20', count: 42, ...(body !== undefined && { body }) };
    expect(digestResponse({ ...plain, qop: 'auth-int' }, mufasa, asked)).toBe(expected);
  });

  test('H2.41: of a -sess form is bound to the nonces with which the session began', () => {
    const prime = { nonce: 'first', cnonce: 'mine' };
    const inner = createHash('md5').update('Mufasa:http-auth@example.org:Circle of Life').digest('hex');
    const middle = `${plain.nonce}:00000001:${cnonce}:auth`;
    const expected = byHand('md5', `${inner}:first:mine`, middle, 'GET:/dir/index.html');
    expect(digestResponse({ ...plain, session: true }, mufasa, { ...use, prime })).toBe(expected);
  });

  const decomposed = { username: 'Ju\u0308rgen', password: 'pa\u0308ss' };
  test.each([
    ['H2.43: in NFC and UTF-8 where the service asks for it', true, decomposed, '4ac3bc7267656e', '70c3a47373'],
    ['in ISO-8859-1 otherwise', false, { username: 'J\u00fcrgen', password: 'p\u00e4ss' }, '4afc7267656e', '70e47373'],
    [
      'in UTF-8 if ISO-8859-1 lacks a letter of either',
      false,
      { username: 'J\u00fc', password: '\u20ac' },
      '4ac3bc',
      'e282ac',
    ],
  ])('has name and password %s', (_, utf8, credentials, name, password) => {
    const bytes = (hex: string) => Buffer.from(hex, 'hex').toString('latin1');
    const a1 = Buffer.from(`${bytes(name)}:caf\u00e9:${bytes(password)}`, 'latin1');
    const expected = byHand('md5', a1, `${plain.nonce}:00000001:${cnonce}:auth`, 'GET:/dir/index.html');
    expect(digestResponse({ ...plain, utf8, realm: 'caf\u00e9' }, credentials, use)).toBe(expected);
  });
});

describe('the header', () => {
  test('H2.41: quotes what RFC 7616 quotes and nothing else', () => {
    expect(writeAuthorization(plain, mufasa, use)).toBe(
      'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, ' +
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, ' +
        'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, ' +
        'response="8ca523f5e9506fed4657c9700eebdbec", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    );
  });

  test('H2.41: has neither algorithm, opaque, qop, nc nor cnonce if the challenge had none', () => {
    const { algorithm: _, opaque: __, qop: ___, ...bare } = plain;
    expect(writeAuthorization(bare, mufasa, use).match(/[\w*]+(?==)/g)).toEqual([
      'username',
      'realm',
      'uri',
      'nonce',
      'response',
    ]);
    expect(writeAuthorization({ ...bare, session: true }, mufasa, use)).toContain(`cnonce="${cnonce}"`);
  });

  test('escapes quotes and backslashes', () => {
    const challenge = { ...plain, realm: 'a "b"', nonce: '\\', opaque: '"' };
    const header = writeAuthorization(challenge, { username: 'a"\\b', password: '' }, { ...use, target: '/?\\' });
    for (const part of ['username="a\\"\\\\b"', 'realm="a \\"b\\""', 'nonce="\\\\"', 'opaque="\\""', 'uri="/?\\\\"'])
      expect(header).toContain(part);
  });

  test.each([
    [1, '00000001'],
    [10, '0000000a'],
    [0xffffffff, 'ffffffff'],
  ])('H2.43: writes the count %i in eight digits', (count, nc) => {
    expect(writeAuthorization(plain, mufasa, { ...use, count })).toContain(`, nc=${nc}, `);
  });

  test.each([
    [true, 'Ja\u0308s\u00f8n *', "username*=UTF-8''J%C3%A4s%C3%B8n%20%2A"],
    [false, 'J\u00e4 %', "username*=UTF-8''J%C3%A4%20%25"],
    [false, 'tab\there', "username*=UTF-8''tab%09here"],
  ])(
    'H2.43: writes a name that is not ASCII in the form of RFC 5987 (UTF-8 asked for: %p)',
    (utf8, username, expected) => {
      const header = writeAuthorization({ ...plain, utf8 }, { username, password: 'x' }, use);
      expect(header).toContain(`Digest ${expected}, realm=`);
      expect(header).not.toContain('username=');
    },
  );
});
