/** Looks at queues from outside, changing nothing (a passive declare). */
export interface QueueInspector {
  /** Messages that are ready and consumers; rejects when the queue or the broker is not there. */
  inspect(queue: string): Promise<{ messages: number; consumers: number }>;
}
