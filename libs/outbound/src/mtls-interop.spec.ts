import {
  createCertificateAuthority,
  findNginx,
  startNginx,
  type CertificateAuthority,
  type ClientCertificate,
  type Nginx,
  type SeenClient,
} from '@patchbay/testing';
import { createPrivateKey } from 'node:crypto';
import { createOutbound } from './outbound';

const program = findNginx();
const describeWhereFound = program === undefined ? describe.skip : describe;
if (program === undefined)
  process.stderr.write(
    'skipped: client certificates need nginx (Debian: apt-get install --no-install-recommends nginx)\n',
  );

describeWhereFound('a client certificate, as nginx sees it', () => {
  const authorities = {} as Record<'ec' | 'rsa' | 'foreign', CertificateAuthority>;
  let nginx: Nginx;
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    authorities.ec = await createCertificateAuthority();
    authorities.rsa = await createCertificateAuthority('rsa');
    authorities.foreign = await createCertificateAuthority();
    const clientCaPem = authorities.ec.caPem + '\n' + authorities.rsa.caPem;
    nginx = await startNginx({ program: program ?? '', ca: authorities.ec, clientCaPem });
  }, 30_000);
  afterAll(() => nginx.close());
  afterEach(async () => {
    await Promise.all(open.splice(0).map((resource) => resource.close()));
  });

  function setup() {
    const outbound = createOutbound({ caPem: authorities.ec.caPem, allowCidrs: ['127.0.0.0/8'] });
    open.push(outbound);
    const call = (pem?: string) => {
      const authorisation = pem === undefined ? undefined : { by: 'certificate' as const, pem };
      const request = { method: 'GET', url: nginx.origin, headers: {}, poolKey: 'crm', authorisation };
      return outbound.call(request, { deadlineMs: 10_000 });
    };
    const seen = async (pem?: string): Promise<SeenClient> => {
      const result = await call(pem);
      if (result.kind === 'failure' || result.status !== 200) throw new Error(JSON.stringify(result));
      return JSON.parse(result.body.toString());
    };
    return { call, seen };
  }

  const pemOf = ({ cert, key }: ClientCertificate) => `${cert}\n${key}`;
  const issue = async (authority: keyof typeof authorities, name: string) =>
    pemOf(await authorities[authority].issueClient(name));

  it.each(['ec', 'rsa'] as const)('is taken with a key of type %s', async (keyType) => {
    const { seen } = setup();
    expect(await seen(await issue(keyType, 'crm'))).toMatchObject({ subject: 'CN=crm' });
  });

  it.each([
    ['ec', 'sec1'],
    ['rsa', 'pkcs1'],
  ] as const)('is taken with the key first, and that in the older form of %s', async (keyType, type) => {
    const { cert, key } = await authorities[keyType].issueClient('older');
    const older = createPrivateKey(key).export({ type, format: 'pem' });
    const { seen } = setup();
    expect(await seen(`${older}${cert}`)).toMatchObject({ subject: 'CN=older' });
  });

  it('is taken on the connection of the call before', async () => {
    const { seen } = setup();
    const pem = await issue('ec', 'crm');
    const first = await seen(pem);
    expect(await seen(pem)).toEqual({ ...first, request: 2 });
  });

  it('that is changed opens a new connection, and the old one serves the old certificate only', async () => {
    const { seen } = setup();
    const [before, after] = [await issue('ec', 'before'), await issue('ec', 'after')];
    const old = await seen(before);
    const changed = await seen(after);
    expect([old.subject, changed.subject]).toEqual(['CN=before', 'CN=after']);
    expect(changed).toMatchObject({ request: 1 });
    expect(changed.connection).not.toBe(old.connection);
    expect(await seen(before)).toEqual({ ...old, request: 2 });
  });

  it('is never shown for a call without one, not even on an open connection', async () => {
    const { call, seen } = setup();
    await seen(await issue('ec', 'crm'));
    expect(await call()).toMatchObject({ kind: 'answer', status: 400 });
  });

  it('is missed with 400', async () => {
    const result = await setup().call();
    expect(result).toMatchObject({ kind: 'answer', status: 400 });
    expect(result.kind === 'answer' && result.body.toString()).toContain('No required SSL certificate was sent');
  });

  it('of an authority nginx does not know is answered with 400', async () => {
    const result = await setup().call(await issue('foreign', 'crm'));
    expect(result).toMatchObject({ kind: 'answer', status: 400 });
    expect(result.kind === 'answer' && result.body.toString()).toContain('The SSL certificate error');
  });

  it.each<[string, (own: ClientCertificate, other: ClientCertificate) => string]>([
    ['without a key', ({ cert }) => cert],
    ['with the key of another', ({ cert }, { key }) => `${cert}\n${key}`],
    ['that is no PEM', () => 'Xq7-no-pem'],
  ])('%s is a failure before the call, and ours', async (_, broken) => {
    const [own, other] = [await authorities.ec.issueClient('own'), await authorities.ec.issueClient('other')];
    const result = await setup().call(broken(own, other));
    expect(result).toMatchObject({ kind: 'failure', failureClass: 'auth', stage: 'before', side: 'ours' });
    expect(JSON.stringify(result)).not.toMatch(/BEGIN|Xq7/);
  });
});
