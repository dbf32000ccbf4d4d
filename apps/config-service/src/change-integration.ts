import { authenticationAad } from '@patchbay/contracts';
import { type DeploymentRules, type Fault, type IntegrationInput, isJsonObject } from '@patchbay/edi';
import { type KeyRing, seal } from '@patchbay/secrets';
import { v7 as uuidv7 } from 'uuid';
import type { ConfigChange, SecretChange } from './config-change';
import type { IntegrationEntity, IntegrationRecord } from './entities/integration.entity';
import type { IntegrationStore } from './integration-store';
import { withOverlap } from './overlap';
import { nameTaken, noSuchIntegration, staleVersion } from './problems';
import { readIntegration } from './read-integration';

/** What the use cases work with. */
export class Workplace {
  constructor(
    readonly store: IntegrationStore,
    readonly keyRing: KeyRing,
    readonly deployment: DeploymentRules,
    readonly now: () => Date,
  ) {}
}

/** An integration as it is stored now, with the doubts about it. */
export interface Written {
  stored: IntegrationEntity;
  warnings: Fault[];
}

/** Which version of which integration somebody wants to change. */
export interface Target {
  id: string;
  version: number;
  by: string;
}

export async function createIntegration(workplace: Workplace, by: string, body: unknown): Promise<Written> {
  const { store } = workplace;
  return withOverlap(store, await store.change(by, (change) => addIntegration(workplace, change, body)));
}

/** Replaces all fields; an entry without a secret keeps the stored one, an entry left out goes. */
export function replaceIntegration(workplace: Workplace, target: Target, body: unknown): Promise<Written> {
  return changeIntegration(workplace, target, () => body);
}

/** Replaces the fields that are given, each as a whole. */
export function mergeIntegration(workplace: Workplace, target: Target, body: unknown): Promise<Written> {
  return changeIntegration(workplace, target, (current) =>
    isJsonObject(body) ? { ...asWritten(current), ...body } : body,
  );
}

/** Takes all events away: it stays, and does not fire. */
export function disableIntegration(workplace: Workplace, target: Target): Promise<Written> {
  return mergeIntegration(workplace, target, { events: [] });
}

/** Makes another one like it under a name of its own and without its authentications. */
export async function copyIntegration(workplace: Workplace, id: string, by: string, name?: string): Promise<Written> {
  const { store } = workplace;
  const copy = await store.change(by, async (change) => {
    const original = await findOrRefuse(change, id);
    const ownName = name ?? (await freeName(change, original.name));
    return addIntegration(workplace, change, { ...original.record, name: ownName, authentications: [] });
  });
  return withOverlap(store, copy);
}

export function deleteIntegration(workplace: Workplace, target: Target): Promise<void> {
  return workplace.store.change(target.by, async (change) => {
    await change.remove(await findVersion(change, target), workplace.now());
  });
}

/** The body that would write the integration as it stands. */
export function asWritten({ record, authentications }: IntegrationEntity): object {
  return { ...record, authentications: authentications.map(({ entryId }) => ({ id: entryId })) };
}

/** The authentication entries whose secrets are there. */
export function entryIdsOf({ authentications }: IntegrationEntity): string[] {
  return authentications.map(({ entryId }) => entryId);
}

async function addIntegration(workplace: Workplace, change: ConfigChange, body: unknown): Promise<Written> {
  const { input, warnings } = readIntegration(body, [], workplace.deployment);
  const at = workplace.now();
  const own = { id: uuidv7(), suspended: null, version: 1, createdAt: at.toISOString() };
  return { stored: await write(workplace, change, recordOf(input, own), input, []), warnings };
}

async function changeIntegration(
  workplace: Workplace,
  target: Target,
  bodyOf: (current: IntegrationEntity) => unknown,
): Promise<Written> {
  const { store } = workplace;
  const changed = await store.change(target.by, async (change) => {
    const current = await findVersion(change, target);
    const present = entryIdsOf(current);
    const { input, warnings } = readIntegration(bodyOf(current), present, workplace.deployment);
    const { id, suspended, createdAt } = current.record;
    const record = recordOf(input, { id, suspended, version: current.version + 1, createdAt });
    return { stored: await write(workplace, change, record, input, present), warnings };
  });
  return withOverlap(store, changed);
}

async function write(
  { keyRing, now }: Workplace,
  change: ConfigChange,
  record: IntegrationRecord,
  { authentications }: IntegrationInput,
  present: string[],
): Promise<IntegrationEntity> {
  if (await change.isTaken(record.name, record.id)) throw nameTaken(record.name);
  return change.save(record, secretChange(keyRing, record.id, authentications, present), now());
}

function secretChange(
  keyRing: KeyRing,
  integrationId: string,
  entries: IntegrationInput['authentications'],
  present: string[],
): SecretChange {
  return {
    kept: entries.filter(({ id, secret }) => secret === undefined && present.includes(id)).map(({ id }) => id),
    written: entries.flatMap(({ id, secret }) =>
      secret === undefined ? [] : [{ id, sealed: seal(keyRing, secret, authenticationAad(integrationId, id)) }],
    ),
  };
}

type SystemFields = Pick<IntegrationRecord, 'id' | 'suspended' | 'version' | 'createdAt'>;

function recordOf({ authentications: _secrets, ...fields }: IntegrationInput, own: SystemFields): IntegrationRecord {
  return { ...fields, ...own };
}

async function findOrRefuse(change: ConfigChange, id: string): Promise<IntegrationEntity> {
  const found = await change.find(id);
  if (!found) throw noSuchIntegration(id);
  return found;
}

/** The integration in the version of the target; throws 404 or 412. */
export async function findVersion(change: ConfigChange, { id, version }: Target): Promise<IntegrationEntity> {
  const current = await findOrRefuse(change, id);
  if (current.version !== version) throw staleVersion(id, current.version);
  return current;
}

const longestName = 200;

async function freeName(change: ConfigChange, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const ending = number === 1 ? ' (copy)' : ` (copy ${number})`;
    const candidate = [...name].slice(0, longestName - ending.length).join('') + ending;
    if (!(await change.isTaken(candidate, ''))) return candidate;
  }
}
