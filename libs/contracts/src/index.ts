// What crosses a process border: messages, topology, snapshot. Pure: no I/O, no Node.
export { checkEvent, type EventCheck, eventIdNamespace, type IdOf } from './check-event';
export * from './cloud-event';
export * from './cloud-event.schema';
export * from './delivery-random';
export * from './event.schema';
export * from './lane';
export { lanePriorities } from './lane-shares';
export * from './messages';
export * from './read-event';
export * from './snapshot';
export * from './topology';
