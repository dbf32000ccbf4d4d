import type { PublishFailure } from './types';

/** The broker did not confirm. `timeout` and `closed`: it may or may not be stored, so repeat with the same id. */
export class PublishFailed extends Error {
  constructor(
    readonly reason: PublishFailure,
    readonly messageId: string,
    detail: string,
  ) {
    super(`message ${messageId} was not confirmed (${reason}): ${detail}`);
    this.name = 'PublishFailed';
  }
}
