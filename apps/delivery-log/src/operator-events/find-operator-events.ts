import type { OperatorEventKind } from '@patchbay/contracts';
import type { DataSource } from 'typeorm';
import { Conditions, pageOf, type Page } from '../page';
import type { OperatorEventsQuery } from './operator-events-query.dto';

export interface OperatorEventRow {
  id: string;
  kind: OperatorEventKind;
  at: Date;
  integrationId: string;
  integration: string;
  integrationVersion: number;
  replica: number;
  message: string;
}

const columns = `id, kind, at, integration_id as "integrationId", integration_name as "integration",
  integration_version as "integrationVersion", replica, message`;

/** The operator events for which all given filters hold, newest first. */
export async function findOperatorEvents(
  dataSource: DataSource,
  query: OperatorEventsQuery,
): Promise<Page<OperatorEventRow>> {
  const conditions = new Conditions()
    .add('(integration_id = ? or integration_name = ?)', query.integration)
    .add('kind = ?', query.kind)
    .after(['at', 'id'], query.cursor);
  const rows: OperatorEventRow[] = await dataSource.query(
    `select ${columns} from operator_events ${conditions.where} order by at desc, id desc limit ${query.limit + 1}`,
    conditions.parameters,
  );
  return pageOf(rows, query.limit, ({ at, id }) => ({ time: at, id }));
}
