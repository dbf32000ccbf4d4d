/** Says in words what a JSON Schema (draft-07) takes, in Markdown; keywords it does not know are left out. */
export function inWords(schema) {
  if (schema.anyOf ?? schema.oneOf) return either((schema.anyOf ?? schema.oneOf).map(inWords));
  if ('const' in schema) return code(schema.const);
  if (schema.enum) return either(schema.enum.map(code));
  const types = [schema.type ?? []].flat();
  if (types.length === 0) return 'any value';
  return either(types.map((type) => (wordsOf[type] ? wordsOf[type](schema) : type)));
}

/** A JSON value as code; a part that is undefined reads `missing`. */
export function code(value) {
  return `\`${spaced(value)}\``;
}

/** `a`, `a or b`, `a, b or c`. */
export function either(words, between = 'or') {
  const [last, ...others] = [...words].reverse();
  return others.length === 0 ? last : `${others.reverse().join(', ')} ${between} ${last}`;
}

const wordsOf = {
  string: ({ pattern, minLength, maxLength, description }) =>
    [
      'a text',
      lengthInWords(minLength, maxLength),
      pattern && `matching ${code(pattern)}`,
      description && `(${description})`,
    ]
      .filter(Boolean)
      .join(' '),
  number: ({ minimum, maximum, exclusiveMinimum }) =>
    ['a number', exclusiveMinimum !== undefined && `greater than ${exclusiveMinimum}`, rangeInWords(minimum, maximum)]
      .filter(Boolean)
      .join(' '),
  integer: ({ minimum, maximum }) => ['an integer', rangeInWords(minimum, maximum)].filter(Boolean).join(' '),
  boolean: () => '`true` or `false`',
  null: () => '`null`',
  array: ({ items }) => (items ? `an array, each element ${inWords(items)}` : 'an array'),
  object: objectInWords,
};

function objectInWords({ properties = {}, required = [], minProperties, maxProperties, additionalProperties }) {
  const members = Object.entries(properties).map(([name, schema]) => {
    const needed = required.includes(name) || minProperties !== undefined ? '' : ', optional';
    return `\`${name}\` (${inWords(schema)}${needed})`;
  });
  if (members.length > 0 && minProperties === 1 && maxProperties === 1) {
    return `an object with exactly one of ${either(members, 'and')}`;
  }
  if (members.length > 0) return `an object with ${either(members, 'and')}`;
  return additionalProperties ? `an object, each value ${inWords(additionalProperties)}` : 'an object';
}

function lengthInWords(minimum, maximum) {
  if (minimum !== undefined && maximum !== undefined) return `of ${minimum} to ${maximum} characters`;
  if (maximum !== undefined) return `of at most ${maximum} characters`;
  return minimum > 0 ? 'that is not empty' : undefined;
}

function rangeInWords(minimum, maximum) {
  if (minimum !== undefined && maximum !== undefined) return `from ${minimum} to ${maximum}`;
  if (maximum !== undefined) return `of at most ${maximum}`;
  return minimum === undefined ? undefined : `of at least ${minimum}`;
}

function spaced(value) {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
