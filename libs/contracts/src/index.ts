// What crosses a process border: messages, topology, snapshot. Pure: no I/O, no Node.
export * from './event.schema';
export * from './lane';
export * from './messages';
export * from './snapshot';
export * from './topology';
