import Ajv from 'ajv';
import { authenticationKinds, authenticationTypes, kindOfEntry } from './index';

const ajv = new Ajv();

describe.each(authenticationTypes)('authentication kind %s', (type) => {
  const { schema, prefix, examples, authorise, entryFault } = authenticationKinds[type];
  it.each(examples)('takes $authentication', ({ authentication, entryId, secret, headers }) => {
    expect(ajv.validate(schema, authentication)).toBe(true);
    expect(kindOfEntry(entryId)).toBe(type);
    const name = entryId.slice(prefix.length);
    expect(entryFault?.(name, secret)).toBeUndefined();
    if (headers) expect(authorise(name, secret, authentication)).toEqual({ by: 'headers', headers });
  });
});
