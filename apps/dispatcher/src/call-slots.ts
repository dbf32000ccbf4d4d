/** Lets at most `concurrency` calls of one integration run at a time; others wait their turn, first come first served. */
export class CallSlots {
  private readonly rooms = new Map<string, { running: number; waiting: (() => void)[] }>();

  async run<T>(integrationId: string, concurrency: number, call: () => Promise<T>): Promise<T> {
    const room = this.rooms.get(integrationId) ?? { running: 0, waiting: [] };
    this.rooms.set(integrationId, room);
    if (room.running >= concurrency) await new Promise<void>((resolve) => room.waiting.push(resolve));
    else room.running++;
    try {
      return await call();
    } finally {
      const next = room.waiting.shift();
      if (next) next();
      else if (--room.running === 0) this.rooms.delete(integrationId);
    }
  }
}
