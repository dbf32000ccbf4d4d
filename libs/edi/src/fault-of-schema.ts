import type { ErrorObject } from 'ajv';
import { pathOf, type Fault } from './fault';

/** A JSON Schema error as a fault: JSON path, the keyword as code, and a sentence that says what is expected. */
export function faultOfSchema(error: ErrorObject): Fault {
  const parts = error.instancePath.split('/').slice(1).map(unescapePointer);
  const extra = propertyOf(error);
  const path = pathOf('', ...(extra === undefined ? parts : [...parts, extra]));
  return { path, code: error.keyword, message: sentence(error) };
}

function unescapePointer(part: string): string | number {
  const text = part.replaceAll('~1', '/').replaceAll('~0', '~');
  return /^\d+$/.test(text) ? Number(text) : text;
}

function propertyOf({ keyword, params, propertyName }: ErrorObject): string | undefined {
  if (propertyName !== undefined) return propertyName;
  if (keyword === 'required') return (params as { missingProperty: string }).missingProperty;
  if (keyword === 'additionalProperties') return (params as { additionalProperty: string }).additionalProperty;
  return undefined;
}

function sentence({ keyword, params, message = 'is not valid', parentSchema }: ErrorObject): string {
  const expected = (parentSchema as { description?: string } | undefined)?.description;
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not a known property';
    case 'type':
      return `must be ${[(params as { type: string | string[] }).type].flat().join(' or ')}`;
    case 'enum':
      return `must be one of ${(params as { allowedValues: unknown[] }).allowedValues.join(', ')}`;
    case 'const':
      return `must be ${JSON.stringify((params as { allowedValue: unknown }).allowedValue)}`;
    case 'format':
      return `must be a ${(params as { format: string }).format} (RFC 3339, with zone)`;
    default:
      return expected ?? message;
  }
}
