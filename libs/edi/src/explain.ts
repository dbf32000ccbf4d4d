import type { CompiledIntegration } from './compile';
import type { ConditionMoment, ConditionOutcome } from './condition';
import type { LifecycleEvent } from './event';
import type { Json } from './json';
import { sameQueue } from './queue-id';

/** One rule of matching (language.md 3.2), with the two values it compared. */
export interface RuleExplanation {
  rule: 0 | 1 | 2 | 3 | 4;
  /** What the rule asks, in words. */
  asks: string;
  holds: boolean;
  /** What the integration says. */
  configured: Json;
  /** What the event says. */
  found: Json;
}

export interface Explanation {
  /** All rules hold and the condition, if any, is true. Its place in the chain is another question. */
  fires: boolean;
  rules: RuleExplanation[];
  condition?: { source: string } & ConditionOutcome;
}

/** Says for each rule of matching whether it holds and why, and then what the condition gives. */
export function explain(event: LifecycleEvent, integration: CompiledIntegration, moment: ConditionMoment): Explanation {
  const rules = [complete(integration), ...matching(event, integration), place(event, integration)];
  const matches = rules.every(({ holds }) => holds);
  if (!integration.condition) return { fires: matches, rules };
  const outcome = integration.condition.evaluate(event.event, event.contact, moment);
  const condition = { source: integration.condition.source, ...outcome };
  return { fires: matches && 'holds' in outcome && outcome.holds, rules, condition };
}

function complete({ record: { suspended }, missingAuthentications }: CompiledIntegration): RuleExplanation {
  return {
    rule: 0,
    asks: 'it is complete and not suspended',
    holds: missingAuthentications.length === 0 && suspended === null,
    configured: { missing: missingAuthentications, suspended: suspended && { ...suspended } },
    found: null,
  };
}

function matching({ event, contact }: LifecycleEvent, { record }: CompiledIntegration): RuleExplanation[] {
  const { events, direction, channel } = record;
  return [
    {
      rule: 1,
      asks: 'the event is one of its events',
      holds: events.includes(event.name),
      configured: events,
      found: event.name,
    },
    {
      rule: 2,
      asks: "the direction is both or the contact's",
      holds: direction === 'both' || direction === contact.direction,
      configured: direction,
      found: contact.direction,
    },
    {
      rule: 3,
      asks: "the channel is multi or the contact's",
      holds: channel === 'multi' || channel === contact.channel_type,
      configured: channel,
      found: contact.channel_type,
    },
  ];
}

function place({ contact }: LifecycleEvent, { record: { queues, direct } }: CompiledIntegration): RuleExplanation {
  const { queue, channel_type: channel } = contact;
  if (queue === null) {
    const holds = (channel === 'phone' && direct.calls) || (channel === 'chat' && direct.chats);
    return {
      rule: 4,
      asks: 'it takes direct conversations of this channel',
      holds,
      configured: { ...direct },
      found: null,
    };
  }
  const id = queue['id'];
  const listed = typeof id === 'string' && queues.some((one) => sameQueue(one, id));
  return {
    rule: 4,
    asks: 'the queue is one of its queues',
    holds: queues.includes('*') || listed,
    configured: queues,
    found: id ?? {},
  };
}
