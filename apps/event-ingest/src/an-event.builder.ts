/** A good event as a publisher sends it; `contact` and `event` take changes of their own. */
export function anEvent({ id, contact, event }: { id?: string; contact?: object; event?: object } = {}) {
  return {
    ...(id !== undefined && { id }),
    event: { name: 'queued', datetime: '2026-11-22T08:44:44.215Z', ...event },
    contact: { id: 'call-1', channel_type: 'phone', direction: 'inbound', guid: 'conversation-1', ...contact },
  };
}
