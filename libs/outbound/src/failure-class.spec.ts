import { errors } from 'undici';
import { AddressNotAllowed } from './address-guard';
import { ProxyFailure } from './egress-proxy';
import { classifyFailure } from './failure-class';
import { UnusableCertificate } from './secure-contexts';

const coded = (code: string) => Object.assign(new Error('10.1.2.3 said something'), { code });

test.each<[unknown, string, string, string]>([
  [coded('ENOTFOUND'), 'dns', 'call', 'theirs'],
  [coded('EAI_AGAIN'), 'dns', 'call', 'theirs'],
  [coded('ECONNREFUSED'), 'refused', 'call', 'theirs'],
  [coded('EHOSTUNREACH'), 'refused', 'call', 'theirs'],
  [coded('ECONNRESET'), 'reset', 'call', 'theirs'],
  [coded('EPIPE'), 'reset', 'call', 'theirs'],
  [new errors.SocketError('other side closed'), 'reset', 'call', 'theirs'],
  [new errors.SocketError('bad response'), 'protocol', 'call', 'theirs'],
  [new errors.SocketError('bad upgrade'), 'protocol', 'call', 'theirs'],
  [new errors.ConnectTimeoutError(), 'timeout', 'call', 'theirs'],
  [coded('ETIMEDOUT'), 'timeout', 'call', 'theirs'],
  [coded('CERT_HAS_EXPIRED'), 'tls', 'call', 'theirs'],
  [coded('EPROTO'), 'tls', 'call', 'theirs'],
  [coded('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'tls', 'call', 'theirs'],
  [coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'auth', 'call', 'ours'],
  [coded('ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'), 'auth', 'call', 'ours'],
  [coded('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'auth', 'call', 'ours'],
  [new UnusableCertificate(), 'auth', 'before', 'ours'],
  [new errors.HeadersOverflowError(), 'protocol', 'call', 'theirs'],
  [new errors.InvalidArgumentError('invalid header'), 'protocol', 'before', 'ours'],
  [new AddressNotAllowed(), 'blocked', 'before', 'ours'],
  [new ProxyFailure('refused'), 'proxy', 'call', 'ours'],
  [new ProxyFailure('cannot reach', true), 'proxy', 'call', 'theirs'],
  [new errors.ClientDestroyedError(), 'cancelled', 'call', 'ours'],
  [new Error('whatever'), 'protocol', 'call', 'theirs'],
  ['no error at all', 'protocol', 'call', 'theirs'],
])('%s is %s, in stage %s, of %s', (error, failureClass, stage, side) => {
  const cause = classifyFailure(error);
  expect(cause).toMatchObject({ failureClass, stage, side });
  expect(cause.message).not.toMatch(/10\.1\.2\.3|whatever/);
});
