import Ajv, { type ValidateFunction } from 'ajv';
import { eventIdNamespace, readEvent } from '@patchbay/contracts';
import {
  type Answer,
  type CompiledIntegration,
  compileIntegration,
  type Fault,
  faultOfSchema,
  type Findings,
  type Integration,
  type IntegrationInput,
  isJsonObject,
  type Json,
  type JsonObject,
  type LifecycleEvent,
} from '@patchbay/edi';
import { NIL as unsavedId, v5 as uuidv5 } from 'uuid';
import { entryIdsOf, type Workplace } from './change-integration';
import type { IntegrationEntity } from './entities/integration.entity';
import { invalidQuestion, noSuchIntegration, unusableIntegration } from './problems';
import { questionSchemas } from './question.schema';
import { checkIntegration } from './read-integration';

/** What somebody wants to know: about an event, an integration and, perhaps, an answer of its service. */
export interface Question {
  event: LifecycleEvent;
  /** The stored one, or the one sent in its place; absent when the question is about the event alone. */
  integration: CompiledIntegration | undefined;
  answer: Answer | undefined;
}

/** A body, and the stored integration that it is about, if any. */
export interface Asked {
  id?: string;
  body: unknown;
}

type Shape = keyof typeof questionSchemas;
type Part<T> = { value: T } | { faults: Fault[] };
type Written = { input: IntegrationInput; present: string[] };

const ajv = new Ajv({ allErrors: true, strict: false, verbose: true });
const checks = new Map<Shape, ValidateFunction<JsonObject>>();

/** Reads a question; throws 404 when there is no such integration, 400 with all faults, 409 when it is unusable. */
export async function readQuestion(workplace: Workplace, { id, body }: Asked, shape: Shape): Promise<Question> {
  const stored = id === undefined ? undefined : await findStored(workplace, id);
  const given = isJsonObject(body) ? body : {};
  const misshapen = shapeFaults(shape, body);
  const event = within('event', given['event'], readEventPart);
  const written = within('integration', given['integration'], (value) => readWritten(workplace, stored, value));
  const faults = [...misshapen, ...faultsOf(event), ...faultsOf(written)];
  if (faults.length > 0 || !event || 'faults' in event) throw invalidQuestion(faults);
  const integration = written && 'value' in written ? compileWritten(workplace, stored, written.value) : undefined;
  return {
    event: event.value,
    integration: integration ?? (stored && compileStored(stored)),
    answer: isJsonObject(given['answer']) ? answerOf(given['answer']) : undefined,
  };
}

/** A stored integration, ready to be matched; undefined with its faults when it cannot be used. */
export function compileEntity(stored: IntegrationEntity, findings: Findings): CompiledIntegration | undefined {
  return compileIntegration({ ...stored.record, authentications: entryIdsOf(stored) }, findings);
}

async function findStored({ store }: Workplace, id: string): Promise<IntegrationEntity> {
  const stored = await store.find(id);
  if (!stored) throw noSuchIntegration(id);
  return stored;
}

function shapeFaults(shape: Shape, body: unknown): Fault[] {
  const fits = checks.get(shape) ?? ajv.compile<JsonObject>(questionSchemas[shape]);
  checks.set(shape, fits);
  return fits(body) ? [] : (fits.errors ?? []).map(faultOfSchema);
}

/** Reads a member of the body, its faults by their path in the body. What is no object is the shape's fault. */
function within<T>(name: string, value: Json | undefined, read: (value: JsonObject) => Part<T>): Part<T> | undefined {
  if (!isJsonObject(value)) return undefined;
  const part = read(value);
  if ('value' in part) return part;
  return { faults: part.faults.map((fault) => ({ ...fault, path: fault.path ? `${name}.${fault.path}` : name })) };
}

function faultsOf(part: Part<unknown> | undefined): Fault[] {
  return part && 'faults' in part ? part.faults : [];
}

function readEventPart(value: JsonObject): Part<LifecycleEvent> {
  const check = readEvent(value, (seed) => uuidv5(seed, eventIdNamespace));
  return 'faults' in check ? check : { value: check.event };
}

function readWritten(
  { deployment }: Workplace,
  stored: IntegrationEntity | undefined,
  body: JsonObject,
): Part<Written> {
  const present = stored ? entryIdsOf(stored) : [];
  const { faults, value } = checkIntegration(body, present, deployment);
  return value === undefined ? { faults } : { value: { input: value, present } };
}

/** In place of the stored one, or after all stored ones of its ordinal, as it would be once created. */
function compileWritten(
  { now }: Workplace,
  stored: IntegrationEntity | undefined,
  { input, present }: Written,
): CompiledIntegration {
  const { id, suspended, version, createdAt } = stored?.record ?? {
    id: unsavedId,
    suspended: null,
    version: 0,
    createdAt: now().toISOString(),
  };
  const entries = input.authentications.filter((entry) => entry.secret !== undefined || present.includes(entry.id));
  const authentications = entries.map((entry) => entry.id);
  const record: Integration = { ...input, id, suspended, version, createdAt, authentications };
  const findings: Findings = { faults: [], warnings: [] };
  const compiled = compileIntegration(record, findings);
  if (!compiled) throw new Error(`an integration that was checked has faults: ${JSON.stringify(findings.faults)}`);
  return compiled;
}

function compileStored(stored: IntegrationEntity): CompiledIntegration {
  const findings: Findings = { faults: [], warnings: [] };
  const compiled = compileEntity(stored, findings);
  if (!compiled) throw unusableIntegration(stored.id, findings.faults);
  return compiled;
}

/** The shape has been checked. */
function answerOf({ status, headers = {}, body, text, duration = 0 }: JsonObject): Answer {
  const sent = typeof text === 'string' ? text : body === undefined ? '' : JSON.stringify(body);
  return {
    status: status as number,
    headers: Object.fromEntries(Object.entries(headers as object).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(sent),
    durationSeconds: duration as number,
  };
}
