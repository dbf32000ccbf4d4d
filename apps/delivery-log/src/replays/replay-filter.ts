import { Problem } from '@patchbay/service-kit';
import { Conditions } from '../page';
import type { ReplayFilterDto } from './replay.dto';

/**
 * The conditions on `deliveries d` for what a filter means, as the list of deliveries reads it; only of what has ended
 * and was accepted before `createdAt`.
 */
export function conditionsOf(filter: ReplayFilterDto, createdAt: Date): Conditions {
  return new Conditions()
    .add("d.status <> 'retrying' and d.accepted_at <= ?", createdAt)
    .add('d.status = ?', filter.status)
    .add(
      // By id first, for which there is an index.
      `d.integration_id in (select ?::text union all select integration_id from integration_names where name = ?)
       and (d.integration_id = ? or d.integration_name = ?)`,
      filter.integration,
    )
    .add('d.failure_class = ?', filter.failureClass)
    .add('d.side = ?', filter.side)
    .add('d.http_status = ?', filter.httpStatus)
    .add('d.contact_id = ?', filter.contact)
    .add('d.event_name = ?', filter.event)
    .add('d.event_id = ?', filter.eventId)
    .add('d.conversation = ?', filter.conversation)
    .add('d.accepted_at >= ?', filter.from)
    .add('d.accepted_at < ?', filter.to)
    .add("d.reason ilike '%' || ? || '%'", filter.text?.replace(/[\\%_]/g, '\\$&'))
    .add('d.id = any(?::uuid[])', filter.ids);
}

/** A replay of everything there is can only be a slip. */
export function refuseEmptyFilter(filter: ReplayFilterDto): void {
  if (Object.values(filter).some((value) => value !== undefined)) return;
  const message = 'must name at least one condition, e.g. a status or an integration';
  const errors = [{ path: 'filter', code: 'filter-empty', message }];
  throw new Problem(400, { title: 'Invalid request', detail: `filter ${message}.`, errors });
}
