import type { ChannelType, ContactDirection } from '../channel';

/** Where in its life a conversation is; `set` applies only in the first three of an inbound contact. */
export type Phase = 'arriving' | 'queued' | 'moving' | 'offered' | 'connected' | 'over';

/** One lifecycle event. `likely` lists the kinds of contact it is expected for: a hint, never a rule. */
export interface LifecycleEventEntry {
  summary: string;
  phase: Phase | Record<ContactDirection, Phase>;
  likely: `${ChannelType} ${ContactDirection}`[];
}
