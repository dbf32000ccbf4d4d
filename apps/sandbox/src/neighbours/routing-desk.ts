import type { ResultMessage } from '@patchbay/contracts';
import { phaseOf, type Json, type Phase } from '@patchbay/edi';
import { Recent } from './recent';

/** An operation that routing did, and on whose word. */
export interface RoutingChange {
  operation: string;
  value: Json;
  integration: string;
  event: string;
}

/** What became of one conversation's routing. */
export interface RoutedConversation {
  conversation: string;
  changes: RoutingChange[];
}

/** What routing did with a result, or why it did nothing. */
export type RoutingVerdict = 'applied' | 'repeated' | 'expired' | 'outdated' | 'already-done';

type Rank = [datetime: number, phase: number, ordinal: number];
type Applied = RoutingChange & { rank: Rank };

const phases: Phase[] = ['arriving', 'queued', 'moving', 'offered', 'connected', 'over'];
const conversationsKept = 1_000;
const idsKept = 100_000;

/** Routing's inbox (language.md section 9): repeats and late sets do nothing, of two results the later event wins. */
export class RoutingDesk {
  private readonly seen = new Recent<true>(idsKept);
  private readonly done = new Recent<true>(idsKept);
  private readonly conversations = new Recent<{ conversation: string; applied: Map<string, Applied> }>(
    conversationsKept,
  );
  private readonly counts: Record<RoutingVerdict, number> = {
    applied: 0,
    repeated: 0,
    expired: 0,
    outdated: 0,
    'already-done': 0,
  };

  /** Applies what the result sets; the verdicts are per operation. */
  take(result: ResultMessage, now: Date): Record<string, RoutingVerdict> {
    const repeated = this.seen.has(result.id);
    this.seen.put(result.id, true);
    const verdicts = Object.entries(result.set ?? {}).map(([operation, value]) => {
      const verdict = repeated ? 'repeated' : this.apply(result, operation, value, now);
      this.counts[verdict] += 1;
      return [operation, verdict] as const;
    });
    return Object.fromEntries(verdicts);
  }

  tell(): { counts: Record<RoutingVerdict, number>; conversations: RoutedConversation[] } {
    const conversations = this.conversations.values().map(({ conversation, applied }) => ({
      conversation,
      changes: [...applied.values()].map(({ rank: _, ...change }) => change),
    }));
    return { counts: { ...this.counts }, conversations };
  }

  private apply(result: ResultMessage, operation: string, value: Json, now: Date): RoutingVerdict {
    if (Date.parse(result.expires) < now.getTime()) return 'expired';
    const deed = `${result.event.id} ${operation}`;
    if (this.done.has(deed)) return 'already-done';
    const { guid } = result.contact;
    const routed = this.conversations.get(guid) ?? { conversation: guid, applied: new Map<string, Applied>() };
    const rank = rankOf(result);
    const former = routed.applied.get(operation);
    if (former && comesAfter(former.rank, rank)) return 'outdated';
    this.done.put(deed, true);
    routed.applied.set(operation, {
      operation,
      value,
      integration: result.integration.name,
      event: result.event.name,
      rank,
    });
    this.conversations.put(guid, routed);
    return 'applied';
  }
}

function rankOf({ event, contact, integration }: ResultMessage): Rank {
  return [Date.parse(event.datetime), phases.indexOf(phaseOf(event.name, contact.direction)), integration.ordinal];
}

function comesAfter(one: Rank, other: Rank): boolean {
  const difference = one.map((part, index) => part - other[index]!).find((step) => step !== 0);
  return difference !== undefined && difference > 0;
}
