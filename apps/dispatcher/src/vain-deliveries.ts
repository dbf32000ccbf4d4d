import type { Delivery } from '@patchbay/messaging';

/**
 * Counts how often a message was given out in vain, as far as that may have been its own doing: what came back because
 * this process lost a channel and lives on has killed nobody.
 */
export class VainDeliveries {
  private readonly channels = new WeakSet<AbortSignal>();
  /** Channels that this process lost, by queue. */
  private readonly losses = new Map<string, number>();

  count({ queue, lost, deliveryCount }: Delivery): number {
    this.watch(queue, lost);
    return Math.max(0, deliveryCount - (this.losses.get(queue) ?? 0));
  }

  private watch(queue: string, channel: AbortSignal): void {
    if (this.channels.has(channel)) return;
    this.channels.add(channel);
    const note = () => void this.losses.set(queue, (this.losses.get(queue) ?? 0) + 1);
    channel.addEventListener('abort', note, { once: true });
  }
}
