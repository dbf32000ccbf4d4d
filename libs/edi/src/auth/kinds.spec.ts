import Ajv from 'ajv';
import { authenticationKinds, authenticationTypes, kindOfEntry } from './index';

const ajv = new Ajv();

describe.each(authenticationTypes)('authentication kind %s', (type) => {
  const { schema, prefix, examples, authorise } = authenticationKinds[type];
  it.each(examples)('takes $authentication', ({ authentication, entryId, secret, headers }) => {
    expect(ajv.validate(schema, authentication)).toBe(true);
    expect(kindOfEntry(entryId)).toBe(type);
    if (headers) expect(authorise?.(entryId.slice(prefix.length), secret)).toEqual(headers);
  });
});
