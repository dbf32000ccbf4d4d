import type { ErrorObject } from 'ajv';
import { channelTypes, contactDirections, eventNames, type Fault, faultOfSchema } from '@patchbay/edi';

const words: Record<string, readonly string[]> = {
  'event.name': eventNames,
  'contact.channel_type': channelTypes,
  'contact.direction': contactDirections,
};

/** The schema's errors as faults with readable sentences, one per path and code. */
export function eventFaults(errors: ErrorObject[]): Fault[] {
  const alternatives = new Set(errors.filter(({ keyword }) => keyword === 'anyOf').map((error) => error.instancePath));
  return errors
    .filter(({ keyword, instancePath }) => keyword === 'anyOf' || !alternatives.has(instancePath))
    .map((error) => ({ ...faultOfSchema(error), ...plainly(error) }));
}

/** What the schema says in regular expressions and alternatives. */
function plainly({ keyword, instancePath, data }: ErrorObject): Partial<Fault> {
  const expected = words[instancePath.slice(1).replaceAll('/', '.')];
  if (keyword === 'pattern' && expected) {
    return {
      code: 'unknown',
      message: `must be one of ${expected.join(', ')}, not ${JSON.stringify(data).slice(0, 60)}`,
    };
  }
  if (keyword === 'pattern') return { message: 'must not hold control characters' };
  if (keyword === 'anyOf') {
    return { code: 'id', message: 'must be a text of at most 256 characters without control characters, or null' };
  }
  return {};
}
