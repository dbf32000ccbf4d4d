import { beatRoutingKey, exchangeNames, messageTypes } from '@patchbay/contracts';
import type { OutgoingMessage } from '@patchbay/messaging';
import { v7 } from 'uuid';

/** Never shorter: a consumer that stops waits for a lull in its queue. */
const betweenBeatsMs = 5_000;
/** Three beats missed: the lane is somebody else's now. */
const heldForMs = 15_000;

export interface LaneBeatsOptions {
  lanes: number;
  /** Beats are only a question: one that is not confirmed is not repeated. */
  publish(message: OutgoingMessage): Promise<void>;
  /** Milliseconds of a clock that does not jump. */
  now(): number;
}

/**
 * Tells which lanes this process holds: a beat goes into every lane every five seconds, and reaches whoever the broker
 * has elected for it.
 */
export class LaneBeats {
  private readonly heardAt = new Map<number, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: LaneBeatsOptions) {}

  start(): void {
    this.beat();
    this.timer = setInterval(() => this.beat(), betweenBeatsMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  heard(lane: number): void {
    this.heardAt.set(lane, this.options.now());
  }

  /** The lanes it holds, in order. */
  held(): number[] {
    const since = this.options.now() - heldForMs;
    return [...this.heardAt].flatMap(([lane, at]) => (at >= since ? [lane] : [])).sort((one, other) => one - other);
  }

  /** Its part of the system, for limits that hold for the whole: more than 0, and all of it while nothing is known. */
  share(): number {
    const held = this.held().length;
    return held === 0 ? 1 : held / this.options.lanes;
  }

  private beat(): void {
    for (let lane = 0; lane < this.options.lanes; lane++) this.options.publish(beatFor(lane)).catch(() => undefined);
  }
}

function beatFor(lane: number): OutgoingMessage {
  return {
    exchange: exchangeNames.events,
    routingKey: beatRoutingKey(lane),
    body: '{}',
    messageId: v7(),
    type: messageTypes.beat,
  };
}
