import { exchangeNames, messageTypes, resultRoutingKey, type ResultMessage } from '@patchbay/contracts';
import { policyOf } from '@patchbay/edi';
import type { OutgoingMessage } from '@patchbay/messaging';
import type { Configuration } from './configuration';
import type { DeliveryOutcome } from './delivery-outcome';
import { resultIdOf } from './ids';
import type { Work } from './work';

/** The message for routing and agent display; none when nothing was set or saved. */
export function resultOf(
  { head, set, save }: DeliveryOutcome,
  { event, setFrom }: Work,
  { integrations }: Configuration,
): OutgoingMessage[] {
  const has = { set: Object.keys(set).length > 0, save: Object.keys(save).length > 0 };
  const record = integrations.get(head.integrationId)?.compiled.record;
  if (!record || (!has.set && !has.save)) return [];
  const { contact } = event;
  const { setMaxAge } = policyOf(record.delivery, record.configuration, contact.channel_type);
  const result: ResultMessage = {
    id: resultIdOf(head.id),
    event: { id: event.id, ...event.event },
    contact: { id: contact.id, guid: contact.guid, channel_type: contact.channel_type, direction: contact.direction },
    integration: {
      id: head.integrationId,
      name: head.integrationName,
      ordinal: head.ordinal,
      version: head.integrationVersion,
    },
    expires: new Date(setFrom + setMaxAge * 1_000).toISOString(),
    ...(has.set && { set }),
    ...(has.save && { save }),
  };
  return [
    {
      exchange: exchangeNames.results,
      routingKey: resultRoutingKey(contact.channel_type, contact.direction, has),
      body: JSON.stringify(result),
      messageId: result.id,
      type: messageTypes.result,
      correlationId: contact.id,
    },
  ];
}
