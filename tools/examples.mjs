import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from './fault.mjs';
import { readJsonFile } from './private-files.mjs';
import { root } from './workspace.mjs';

const exampleOrigin = /^https:\/\/[a-z0-9-]+\.example\.com(?=[/?#]|$)/;

/** The integrations of examples/, in the order of their folders. */
export function readExamples(folder = join(root, 'examples')) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name, 'integration.json'));
  return files.filter((file) => existsSync(file)).map((file) => readJsonFile(file));
}

/** The integration with its example host replaced by an origin such as https://localhost:8443. */
export function pointAt(origin, integration) {
  return { ...integration, endpointUrl: integration.endpointUrl.replace(exampleOrigin, () => origin) };
}

/**
 * Creates the examples that are missing, by name. Those that still point at the sandbox's former address are pointed
 * at the new one; whatever else was changed by hand is left alone. Returns how many were created and re-pointed.
 */
export async function loadExamples({ examples, configService, origin, formerOrigin }) {
  const existing = new Map(
    (await listIntegrations(configService)).map((integration) => [integration.name, integration]),
  );
  const done = { created: 0, repointed: 0 };
  for (const example of examples) {
    const found = existing.get(example.name);
    if (!found) {
      await configService.post('/v1/integrations', pointAt(origin, example));
      done.created += 1;
    } else if (formerOrigin && formerOrigin !== origin && startsAt(formerOrigin, found.endpointUrl)) {
      const endpointUrl = origin + found.endpointUrl.slice(formerOrigin.length);
      await configService.patch(`/v1/integrations/${found.id}`, { endpointUrl }, { 'if-match': `"${found.version}"` });
      done.repointed += 1;
    }
  }
  return done;
}

/**
 * Waits until the dispatcher works by everything that config-service holds, so that the first event already finds it.
 */
export async function configurationArrives({ snapshots, dispatcher, withinMs = 30_000 }) {
  const { revision } = await snapshots.get('/v1/snapshot');
  const end = Date.now() + withinMs;
  for (;;) {
    const { configRevision } = await dispatcher.get('/health/ready');
    if (configRevision >= revision) return;
    if (Date.now() > end)
      throw new Fault(`The dispatcher still works by revision ${configRevision}, not ${revision}; see its log.`);
    await delay(50);
  }
}

function startsAt(origin, url) {
  return url === origin || ['/', '?'].some((next) => url.startsWith(origin + next));
}

async function listIntegrations(configService) {
  const all = [];
  let cursor;
  do {
    const page = await configService.get(
      `/v1/integrations?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
    );
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}
