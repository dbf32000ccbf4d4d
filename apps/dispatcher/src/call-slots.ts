import { setTimeout as elapse } from 'node:timers/promises';

/** How much one integration may be asked at a time and per second, in this process. */
export interface CallLimits {
  concurrency: number;
  ratePerSecond: number | undefined;
}

interface Room {
  running: number;
  waiting: (() => void)[];
  /** When the next call may start, epoch milliseconds. */
  nextAt: number;
}

/** Lets the calls of one integration start within its limits; others wait their turn, first come first served. */
export class CallSlots {
  private readonly rooms = new Map<string, Room>();

  async run<T>(integrationId: string, { concurrency, ratePerSecond }: CallLimits, call: () => Promise<T>): Promise<T> {
    const room = this.rooms.get(integrationId) ?? { running: 0, waiting: [], nextAt: 0 };
    this.rooms.set(integrationId, room);
    if (room.running >= concurrency) await new Promise<void>((resolve) => room.waiting.push(resolve));
    else room.running++;
    try {
      if (ratePerSecond !== undefined) await this.paced(room, 1_000 / ratePerSecond);
      return await call();
    } finally {
      const next = room.waiting.shift();
      if (next) next();
      else if (--room.running === 0 && room.nextAt <= Date.now()) this.rooms.delete(integrationId);
    }
  }

  private async paced(room: Room, gapMs: number): Promise<void> {
    const now = Date.now();
    const startAt = Math.max(now, room.nextAt);
    room.nextAt = startAt + gapMs;
    if (startAt > now) await elapse(startAt - now);
  }
}
