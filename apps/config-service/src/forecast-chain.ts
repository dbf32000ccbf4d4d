import {
  buildMatchIndex,
  type CompiledIntegration,
  type ConditionMoment,
  type ConditionOutcome,
  type LifecycleEvent,
  longestChain,
} from '@patchbay/edi';

/** An integration that matches an event, and its place in the chain. */
export interface ChainLink {
  id: string;
  name: string;
  ordinal: number;
  role: 'member' | 'listener';
  /** The how-manieth to start, or why it does not: its condition is false or fails, or three started before it. */
  startsAs: number | 'skipped' | 'left out';
  /** Its condition by the event as it was sent; absent without one, and for those left out, whose is never asked. */
  condition?: ConditionOutcome;
  /** Whether its condition looks at what earlier ones may save. It is then taken to hold, whatever `condition` says. */
  needsSavedData: boolean;
  /** Whether `startsAs` is sure: no condition so far needs saved data. */
  certain: boolean;
}

/** The order in which all matching integrations start, as far as can be told before any of them is called. */
export function forecastChain(
  event: LifecycleEvent,
  integrations: Iterable<CompiledIntegration>,
  momentOf: (integrationId: string) => ConditionMoment,
): ChainLink[] {
  const links: ChainLink[] = [];
  const walk = { started: 0, saves: false, certain: true };
  for (const integration of buildMatchIndex(integrations).match(event)) {
    const link = linkOf(integration, walk, event, momentOf);
    links.push(link);
    if (typeof link.startsAs !== 'number') continue;
    walk.started = link.startsAs;
    walk.certain = link.certain;
    walk.saves ||= savesForLaterOnes(integration);
  }
  return links;
}

interface Walk {
  started: number;
  saves: boolean;
  certain: boolean;
}

function linkOf(
  integration: CompiledIntegration,
  { started, saves, certain }: Walk,
  event: LifecycleEvent,
  momentOf: (integrationId: string) => ConditionMoment,
): ChainLink {
  const { id, name, ordinal } = integration.record;
  const head = { id, name, ordinal, role: roleOf(integration) };
  if (started >= longestChain) return { ...head, startsAs: 'left out', needsSavedData: false, certain };
  const { condition } = integration;
  if (!condition) return { ...head, startsAs: started + 1, needsSavedData: false, certain };
  const outcome = condition.evaluate(event.event, event.contact, momentOf(id));
  const needsSavedData = saves && mayReadSavedData(condition.source);
  const starts = needsSavedData || ('holds' in outcome && outcome.holds);
  return {
    ...head,
    startsAs: starts ? started + 1 : 'skipped',
    condition: outcome,
    needsSavedData,
    certain: certain && !needsSavedData,
  };
}

/** What is delayed is not waited for, whatever its answer is for. */
function roleOf({ isMember, delay }: CompiledIntegration): ChainLink['role'] {
  return isMember && !delay ? 'member' : 'listener';
}

function savesForLaterOnes(integration: CompiledIntegration): boolean {
  return roleOf(integration) === 'member' && integration.response.save.length > 0;
}

/** Only attached data changes along a chain. Rather once too often: `contact` as a whole holds it too. */
function mayReadSavedData(condition: string): boolean {
  return condition.includes('attached_data') || /\bcontact\b(?!\s*\.)/.test(condition);
}
