import type { LifecycleEventEntry } from './entry';

// One export is one lifecycle event (language.md 3.1). The name of the export is the name of the event.

export const received: LifecycleEventEntry = {
  summary: 'Reached the system, not yet in an allocation queue.',
  phase: 'arriving',
  likely: ['chat inbound', 'phone inbound', 'email inbound'],
};

export const queued: LifecycleEventEntry = {
  summary: 'Registered to an allocation queue.',
  phase: 'queued',
  likely: ['chat inbound', 'phone inbound', 'email inbound'],
};

export const allocated: LifecycleEventEntry = {
  summary: 'Offered to an agent.',
  phase: 'offered',
  likely: ['chat inbound', 'phone inbound', 'email inbound'],
};

export const accepted: LifecycleEventEntry = {
  summary: 'Inbound: an agent accepted it. Outbound: connected to the external party.',
  phase: 'connected',
  likely: ['chat inbound', 'chat outbound', 'phone inbound', 'phone outbound', 'email inbound'],
};

export const rejected: LifecycleEventEntry = {
  summary:
    'Inbound: an agent rejected it or the system cancelled the offer; the contact waits again. Outbound: the external party rejected the call.',
  phase: { inbound: 'queued', outbound: 'over' },
  likely: ['chat inbound', 'phone inbound', 'phone outbound', 'email inbound'],
};

export const transferred: LifecycleEventEntry = {
  summary: 'An agent transferred it to a queue or an agent.',
  phase: 'moving',
  likely: ['chat inbound', 'phone inbound', 'email inbound'],
};

export const forwarded: LifecycleEventEntry = {
  summary: 'Overflowed from one queue to another.',
  phase: 'moving',
  likely: ['chat inbound', 'phone inbound', 'email inbound'],
};

export const ended: LifecycleEventEntry = {
  summary: 'Ended after having been connected.',
  phase: 'over',
  likely: ['chat inbound', 'chat outbound', 'phone inbound', 'phone outbound', 'email inbound'],
};

export const abandoned: LifecycleEventEntry = {
  summary: 'Ended without having been connected.',
  phase: 'over',
  likely: ['chat inbound', 'chat outbound', 'phone inbound', 'phone outbound'],
};

export const closed: LifecycleEventEntry = {
  summary: "Wrap-up is over; contact.created then holds the wrap-up's end.",
  phase: 'over',
  likely: ['chat inbound', 'chat outbound', 'phone inbound', 'phone outbound', 'email inbound'],
};
