import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { OperatorEvent, OperatorEventKind } from '@patchbay/contracts';
import { faultOfSchema } from '@patchbay/edi';

/** What suspends an integration, of the operator event that tells it. */
export type SuspensionEvent = Pick<OperatorEvent, 'at' | 'integrationId' | 'integrationVersion' | 'message'>;

export const longestReason = 500;

// Not the format "uuid": it takes "urn:uuid:" too, which PostgreSQL does not.
const uuid = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

const schema = {
  type: 'object',
  required: ['kind', 'at', 'integrationId', 'integrationVersion', 'message'],
  properties: {
    kind: { const: 'suspended' satisfies OperatorEventKind },
    at: { type: 'string', format: 'date-time' },
    integrationId: { type: 'string', pattern: uuid },
    integrationVersion: { type: 'integer' },
    message: { type: 'string', minLength: 1 },
  },
};

const ajv = new Ajv({ allErrors: true, strict: false, verbose: true });
addFormats(ajv, ['date-time']);
let fits: ValidateFunction<SuspensionEvent> | undefined;

/** Reads an operator event of the kind `suspended`, or says in one sentence why the body is none. */
export function readSuspension(body: Buffer): { event: SuspensionEvent } | { fault: string } {
  fits ??= ajv.compile<SuspensionEvent>(schema);
  const value = parse(body);
  if (value === undefined) return { fault: 'it is no JSON' };
  if (fits(value)) return { event: value };
  const faults = (fits.errors ?? []).map(faultOfSchema).map(({ path, message }) => `${path} ${message}`.trim());
  return { fault: faults.join('; ') };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
