import { chooseDigest, parseAuthParams, parseChallenges } from './digest-challenge';

const read = (header: string) =>
  parseChallenges(header).map(({ scheme, params, token68 }) => [scheme, token68 ?? Object.fromEntries(params)]);

describe('challenges', () => {
  test('H2.41: several in one header, with commas and escaped quotes inside quoted strings, are told apart', () => {
    const header =
      'Digest realm="a, \\"b\\" \\\\ Basic x=y", qop="auth, auth-int", algorithm=SHA-256, nonce="n=,", ' +
      'Basic realm="c,d", DIGEST realm="e",NONCE="m",Stale=TRUE';
    expect(read(header)).toEqual([
      ['digest', { realm: 'a, "b" \\ Basic x=y', qop: 'auth, auth-int', algorithm: 'SHA-256', nonce: 'n=,' }],
      ['basic', { realm: 'c,d' }],
      ['digest', { realm: 'e', nonce: 'm', stale: 'TRUE' }],
    ]);
  });

  test.each([
    ['a bare scheme', 'Negotiate', [['negotiate', {}]]],
    [
      'token68',
      'Negotiate YII/a+b~==, Bearer abc',
      [
        ['negotiate', 'YII/a+b~=='],
        ['bearer', 'abc'],
      ],
    ],
    [
      'a bare scheme before another',
      'NTLM, Digest realm=x',
      [
        ['ntlm', {}],
        ['digest', { realm: 'x' }],
      ],
    ],
    ['white space around the sign', 'Digest realm\t=  "x" ,\t nonce = y', [['digest', { realm: 'x', nonce: 'y' }]]],
    ['empty elements', ',, Digest ,realm="x",, ,nonce="y",', [['digest', { realm: 'x', nonce: 'y' }]]],
    ['a value that lacks its quotes', 'Digest nonce=ab/c==, realm="x"', [['digest', { nonce: 'ab/c==', realm: 'x' }]]],
    ['a forgotten comma', 'Digest realm="x" nonce="y"', [['digest', { realm: 'x', nonce: 'y' }]]],
    ['one name twice: the first', 'Digest realm="x", Realm="y"', [['digest', { realm: 'x' }]]],
    ['garbage between', 'Digest realm="x", (?), "a, b", nonce="y"', [['digest', { realm: 'x', nonce: 'y' }]]],
    ['a quote without end: what is before it', 'Digest realm="x", nonce="y, Basic z', [['digest', { realm: 'x' }]]],
    ['parameters of nobody', 'realm="x", Basic realm="y"', [['basic', { realm: 'y' }]]],
    [
      'a name from the prototype',
      'Digest __proto__=x, constructor=y',
      [
        [
          'digest',
          Object.fromEntries([
            ['__proto__', 'x'],
            ['constructor', 'y'],
          ]),
        ],
      ],
    ],
  ])('with %s are read', (_, header, expected) => expect(read(header)).toEqual(expected));

  test('Authentication-Info has parameters and no scheme', () => {
    const params = parseAuthParams('qop=auth, rspauth="ab", (, NextNonce="x,y", nc=00000001');
    expect(Object.fromEntries(params)).toEqual({ qop: 'auth', rspauth: 'ab', nextnonce: 'x,y', nc: '00000001' });
  });
});

describe('the choice', () => {
  const choose = (header: string) => chooseDigest(parseChallenges(header));
  const offer = (algorithm: string, more = 'qop="auth"') =>
    `Digest realm="r", nonce="n", algorithm=${algorithm}, ${more}`;

  test.each([
    [['MD5', 'SHA-256', 'SHA-512-256'], 'SHA-512-256'],
    [['SHA-512-256-sess', 'SHA-256', 'MD5'], 'SHA-512-256-sess'],
    [['MD5-sess', 'sha-256', 'MD5'], 'sha-256'],
    [['MD5-sess', 'MD5'], 'MD5-sess'],
    [['SHA-1', 'SHA-512', '"MD5"', 'constructor'], 'MD5'],
  ])('H2.41: of %j is %s', (offered, algorithm) => {
    const header = offered.map((name) => offer(name)).join(', ');
    expect(choose(`Basic realm="r", ${header}, Bearer`)).toMatchObject({ algorithm });
  });

  test('prefers a quality of protection within one algorithm, and auth within one challenge', () => {
    const header = `${offer('MD5', 'opaque=""')}, ${offer('MD5', 'qop=" x , AUTH-INT,auth"')}`;
    expect(choose(header)).toMatchObject({ qop: 'auth' });
  });

  test('H2.41: takes auth-int when nothing else is offered, and the form of RFC 2069 without qop', () => {
    expect(choose(offer('MD5', 'qop=auth-int'))).toMatchObject({ qop: 'auth-int' });
    expect(choose('Digest realm="", nonce="n"')).toEqual({
      realm: '',
      nonce: 'n',
      hash: 'md5',
      session: false,
      userhash: false,
      utf8: false,
      stale: false,
    });
  });

  test('reads everything that the answer depends on', () => {
    const more = 'qop=auth, opaque="\\"o", charset=utf-8, userhash=TRUE, stale=True, domain="/", other=1';
    expect(choose(offer('SHA-256-sess', more))).toEqual({
      realm: 'r',
      nonce: 'n',
      opaque: '"o',
      algorithm: 'SHA-256-sess',
      hash: 'sha256',
      session: true,
      qop: 'auth',
      userhash: true,
      utf8: true,
      stale: true,
    });
  });

  test.each([
    ['', 'the service answered 401 without a challenge'],
    ['Basic realm="x", Negotiate', 'the service offers basic, negotiate, not Digest'],
    [
      `${offer('SHA-1')}, ${offer('MD5', 'qop="auth-conf"')}`,
      'the service offers Digest only as SHA-1 with qop auth, MD5 with qop auth-conf, which is not supported',
    ],
    [offer('constructor'), 'the service offers Digest only as constructor with qop auth, which is not supported'],
    ['Digest nonce="x"', 'the service offers Digest only as a challenge without realm, which is not supported'],
    ['Digest realm="x"', 'the service offers Digest only as a challenge without nonce, which is not supported'],
    ['A, B, C, D, E', 'the service offers a, b, c, d and more, not Digest'],
  ])('of %j is none, with a sentence', (header, fault) => expect(choose(header)).toEqual({ fault }));

  test('quotes a service only in few and harmless characters', () => {
    const { fault } = choose(offer(`"${'x\u0080'.repeat(2_000)}"`)) as { fault: string };
    expect(fault).toMatch(/^[ -~]{1,140}$/);
  });
});
