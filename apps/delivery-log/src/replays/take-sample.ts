import { ageStart, policyOf, type ChannelType, type Integration } from '@patchbay/edi';
import type { DataSource } from 'typeorm';
import type { Payloads } from '../payloads';
import { eventOf } from './event-of';
import { sampleCandidates, type Candidate } from './find-candidates';
import { NoAnswer, type IntegrationVersions } from './integration-versions';
import type { ConfigurationChoice, Operation } from './operation';

const sampleSize = 5;

/** What taking a sample needs. */
export interface SampleTools {
  dataSource: DataSource;
  payloads: Payloads;
  /** Undefined where config-service is not known: no request is shown then. */
  versions: IntegrationVersions | undefined;
}

/** One delivery of a dry run: what would be sent, and whether its set would be refused as too old. */
export interface SampleItem extends Omit<Candidate, 'recordId' | 'recordSealed' | 'letterSealed'> {
  /** The version of the integration that would react; undefined when that is not known. */
  withVersion: number | undefined;
  /** Null when it is not known; false also of an integration that sets nothing. */
  setStale: boolean | null;
  /** The request with its secrets masked, or the fault for which none can be made. */
  request?: object | undefined;
  /** Why it is not known what would be sent. */
  unknown?: string;
}

/** Tries a replay on the first few deliveries, without sending anything. */
export async function takeSample(
  tools: SampleTools,
  { filter, configuration, createdAt }: Pick<Operation, 'filter' | 'configuration' | 'createdAt'>,
  now: number,
): Promise<SampleItem[]> {
  const candidates = await sampleCandidates(tools.dataSource, filter, createdAt, sampleSize);
  return Promise.all(candidates.map((candidate) => sampleOf(candidate, configuration, tools, now)));
}

async function sampleOf(
  candidate: Candidate,
  configuration: ConfigurationChoice,
  { payloads, versions }: SampleTools,
  now: number,
): Promise<SampleItem> {
  const { recordId: _id, recordSealed: _record, letterSealed: _letter, ...shown } = candidate;
  const unknown = (why: string) => ({ ...shown, withVersion: undefined, setStale: null, unknown: why });
  const event = eventOf(payloads, candidate);
  if ('fault' in event) return unknown(`its event cannot be read: ${event.fault}`);
  if (!versions) return unknown('this service does not know config-service');
  try {
    const { integrationId, integrationVersion } = candidate;
    const then = configuration === 'then' ? await versions.versionOf(integrationId, integrationVersion) : undefined;
    const record = configuration === 'then' ? then : await versions.current(integrationId);
    if (!record) return unknown('its integration is gone');
    const request = await versions.preview(integrationId, event.value, then);
    return { ...shown, withVersion: record.version, setStale: isStale(candidate, record, now), request };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return unknown(error.message);
  }
}

function isStale({ eventDatetime, acceptedAt, channel }: Candidate, record: Integration, now: number): boolean {
  if (Object.keys(record.configuration.response?.set ?? {}).length === 0) return false;
  const { setMaxAge } = policyOf(record.delivery, record.configuration, channel as ChannelType);
  return now > ageStart(eventDatetime, acceptedAt.toISOString()) + setMaxAge * 1_000;
}
