import { createHash, randomBytes } from 'node:crypto';
import { keepPrivateFile, writePrivateFile } from './private-files.mjs';

const tokenRoles = {
  development: ['admin'],
  dispatcher: ['dispatcher'],
  'delivery-log': ['viewer'],
  sandbox: ['publisher'],
};

/**
 * The key rings and tokens of this installation, made once and kept in private files below `folder`. Returns the
 * paths, and the tokens that the launcher itself uses.
 */
export function keepKeys(folder) {
  const at = (name) => `${folder}/${name}`;
  const rings = { credentialsKeysFile: at('credentials.keys.json'), payloadsKeysFile: at('payloads.keys.json') };
  for (const file of Object.values(rings)) keepPrivateFile(file, makeKeyRing);
  const tokens = Object.keys(tokenRoles).map((name) => ({
    name,
    token: keepPrivateFile(at(`${name}.token`), makeToken).trim(),
  }));
  const tokensFile = at('tokens.json');
  writePrivateFile(tokensFile, toJson({ tokens: tokens.map(describeToken) }));
  const [{ token }, { token: dispatcherToken }] = tokens;
  const [dispatcherTokenFile, deliveryLogTokenFile] = [at('dispatcher.token'), at('delivery-log.token')];
  return { ...rings, tokensFile, dispatcherTokenFile, deliveryLogTokenFile, dispatcherToken, token };
}

function describeToken({ name, token }) {
  return { name, sha256: createHash('sha256').update(token).digest('hex'), roles: tokenRoles[name] };
}

function makeKeyRing() {
  return toJson({ active: 'k1', keys: { k1: randomBytes(32).toString('base64') } });
}

function makeToken() {
  return `pbt_${randomBytes(32).toString('base64url')}`;
}

function toJson(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
