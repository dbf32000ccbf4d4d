import type { Integration, LifecycleEvent } from '@patchbay/edi';
import axios, { type AxiosInstance } from 'axios';
import { readFileSync } from 'node:fs';

/** config-service did not answer; what was asked may be asked again. */
export class NoAnswer extends Error {
  constructor(reason: string) {
    super(`config-service did not answer: ${reason}`);
    this.name = 'NoAnswer';
  }
}

const timeoutMs = 5_000;
/** Versions never change, so this bounds memory only. */
const keptIntegrations = 500;

/** Integrations as they are and as they were, asked of config-service. Throws NoAnswer. */
export class IntegrationVersions {
  private readonly kept = new Map<string, Map<number, Integration>>();

  constructor(private readonly http: AxiosInstance) {}

  /** Speaks to config-service at `url` with the token in a file. */
  static at(url: string, tokenFile: string): IntegrationVersions {
    const token = readFileSync(tokenFile, 'utf8').trim();
    const headers = { Authorization: `Bearer ${token}` };
    return new IntegrationVersions(axios.create({ baseURL: url, headers, timeout: timeoutMs, proxy: false }));
  }

  /** The integration as it was in a version; undefined when there is none. */
  async versionOf(id: string, version: number): Promise<Integration | undefined> {
    const known = this.kept.get(id)?.get(version);
    if (known) return known;
    type Versions = { items: { version: number; integration: Integration }[] };
    const answer = await this.ask<Versions>('get', `/v1/integrations/${encodeURIComponent(id)}/versions`);
    const versions = new Map(answer?.items.map((one) => [one.version, one.integration]));
    if (this.kept.size >= keptIntegrations) this.kept.clear();
    this.kept.set(id, versions);
    return versions.get(version);
  }

  /** The integration as it is; undefined when it is gone. */
  current(id: string): Promise<Integration | undefined> {
    return this.ask<Integration>('get', `/v1/integrations/${encodeURIComponent(id)}`);
  }

  /** The request an integration would send for an event, secrets masked; of an earlier version when one is given. */
  preview(id: string, event: LifecycleEvent, earlier?: Integration): Promise<object | undefined> {
    const body = { event, ...(earlier && { integration: asWritten(earlier) }) };
    return this.ask('post', `/v1/integrations/${encodeURIComponent(id)}/preview`, body);
  }

  private async ask<T>(method: 'get' | 'post', url: string, data?: object): Promise<T | undefined> {
    const answer = await this.http.request<T>({ method, url, data, validateStatus: () => true }).catch((error) => {
      throw new NoAnswer(error instanceof Error ? error.message : String(error));
    });
    if (answer.status === 404) return undefined;
    if (answer.status < 300) return answer.data;
    throw new NoAnswer(`${method.toUpperCase()} ${url} was answered with ${answer.status}`);
  }
}

/** As an administrator would write it: without what the service itself adds. */
function asWritten({ id: _id, version: _version, suspended: _suspended, createdAt: _at, ...record }: Integration) {
  return { ...record, authentications: record.authentications.map((id) => ({ id })) };
}
