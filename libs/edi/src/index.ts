// The integration language: what an integration is, when it fires, what it sends, what it does with the answer.
// Pure: no I/O, no Node, no clock, no random; time, randomness and secrets come in as arguments.
export * from './answer';
export * from './auth';
export * from './channel';
export * from './compile';
export * from './condition';
export * from './debug';
export * from './event';
export * from './explain';
export * from './fault';
export * from './fault-of-schema';
export * from './integration';
export * from './json';
export * from './lifecycle';
export * from './match';
export * from './overlap';
export * from './policy';
export * from './preview';
export * from './queue-id';
export * from './read-answer';
export * from './render-fault';
export * from './request';
export * from './request-properties';
export * from './retry';
export * from './save';
export * from './set';
export * from './validate';
export type { Scope } from '@patchbay/template';
