const nothing = Buffer.alloc(0);

/** Bytes that come in pieces, copied together: a million pieces of one byte cost no more than one of a million. */
export class GrowingBytes {
  /** The only piece so far, not copied: most answers come in one. */
  private only: Buffer | undefined;
  private room = nothing;
  length = 0;

  add(piece: Buffer): void {
    const { only, length } = this;
    this.length += piece.length;
    if (length === 0) return void (this.only = piece);
    if (this.length > this.room.length) this.grow(only ?? this.room.subarray(0, length));
    this.only = undefined;
    piece.copy(this.room, length);
  }

  /** Everything so far. */
  read(): Buffer {
    return this.only ?? this.room.subarray(0, this.length);
  }

  private grow(soFar: Buffer): void {
    this.room = Buffer.allocUnsafe(2 * this.length);
    soFar.copy(this.room);
  }
}
