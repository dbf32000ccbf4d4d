/** Why a sealed text stays shut: its key is not in the ring, it was altered or belongs elsewhere, or it is no envelope. */
export type CannotOpenReason = 'unknown-key' | 'tampered' | 'malformed';

const sentences: Record<CannotOpenReason, string> = {
  'unknown-key': 'the key that sealed it is not in the key ring; put that key back into the file and restart',
  tampered: 'it was altered, or sealed for another place, or under another key of the same name',
  malformed: 'it is not a sealed text of the form v1.<key id>.<wrapped key>.<iv>.<ciphertext>.<tag>',
};

/** A sealed text could not be opened. The message names the key's id at most, never the text. */
export class CannotOpen extends Error {
  constructor(
    readonly reason: CannotOpenReason,
    keyId?: string,
  ) {
    super(`cannot open a sealed text${keyId === undefined ? '' : ` (key "${keyId}")`}: ${sentences[reason]}`);
    this.name = 'CannotOpen';
  }
}
