import { Problem } from '@patchbay/service-kit';
import type { DataSource, EntityManager } from 'typeorm';
import { found, isUuid } from '../not-found';
import { operationColumns, type Operation, type OperationState } from './operation';

interface Step {
  from: OperationState[];
  to: OperationState;
  /** States in which the step was taken before: nothing happens then. */
  taken: OperationState[];
  /** Remembers when and by whom ($2). */
  note: string;
}

/** What an operator can do to an operation. */
export const steps = {
  start: {
    from: ['draft'],
    to: 'running',
    taken: ['running', 'done'],
    note: 'started_at = now(), started_by = $2, next_at = now()',
  },
  pause: { from: ['running'], to: 'paused', taken: ['paused'], note: 'paused_at = now(), paused_by = $2' },
  resume: {
    from: ['paused'],
    to: 'running',
    taken: ['running'],
    note: 'resumed_at = now(), resumed_by = $2, next_at = now()',
  },
  cancel: {
    from: ['draft', 'running', 'paused'],
    to: 'cancelled',
    taken: ['cancelled'],
    note: 'cancelled_at = now(), cancelled_by = $2, problem = null',
  },
} as const satisfies Record<string, Step>;
export type StepName = keyof typeof steps;

/**
 * Takes a step; once it is taken, no batch of the state before is on its way any more. `changed` is false when it had
 * been taken before. Throws 404 without such an operation and 409 when its state does not allow the step.
 */
export function steerOperation(
  dataSource: DataSource,
  id: string,
  name: StepName,
  by: string,
): Promise<{ operation: Operation; changed: boolean }> {
  const { from, to, taken, note }: Step = steps[name];
  return dataSource.transaction(async (manager) => {
    const rows: Operation[] = isUuid(id)
      ? await manager.query(`select ${operationColumns} from replay_operations where id = $1 for update`, [id])
      : [];
    const operation = found(rows[0], 'replay', id);
    if (taken.includes(operation.state)) return { operation, changed: false };
    if (!from.includes(operation.state)) throw impossible(operation, name);
    await manager.query(`update replay_operations set state = '${to}', ${note} where id = $1`, [id, by]);
    if (to === 'cancelled') await releaseItems(manager, id);
    const [changed]: Operation[] = await manager.query(
      `select ${operationColumns} from replay_operations where id = $1`,
      [id],
    );
    return { operation: changed!, changed: true };
  });
}

/** What was not sent may be replayed by others. */
async function releaseItems(manager: EntityManager, id: string): Promise<void> {
  await manager.query(`update replay_items set state = 'cancelled' where operation_id = $1 and state = 'waiting'`, [
    id,
  ]);
}

function impossible({ id, state }: Operation, name: StepName): Problem {
  const detail = `The replay ${id} is ${state}; ${name} is for one that is ${steps[name].from.join(' or ')}.`;
  return new Problem(409, { title: 'Not possible now', detail, more: { state } });
}
