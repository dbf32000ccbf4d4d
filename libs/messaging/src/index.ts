// RabbitMQ as the services see it: confirmed publishing, consuming whose return value is the ack, one topology.
export { createMessaging } from './messaging';
export { PublishFailed } from './publish-failed';
export { publishUntilConfirmed, type PersistOptions } from './publish-until-confirmed';
export * from './types';
