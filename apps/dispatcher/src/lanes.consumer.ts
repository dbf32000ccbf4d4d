import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Delivery, Settlement } from '@patchbay/messaging';
import { LaneWorker } from './lane-worker';

/** Takes what the lanes give; the returned settlement is the ack. */
@Controller()
export class LanesConsumer {
  constructor(private readonly worker: LaneWorker) {}

  @EventPattern('lanes')
  handle(@Payload() delivery: Delivery): Promise<Settlement> {
    return this.worker.handle(delivery);
  }

  /** One at a time, and alone: each of them may be what killed. */
  @EventPattern('suspects')
  handleSuspect(@Payload() delivery: Delivery): Promise<Settlement> {
    return this.worker.handleSuspect(delivery);
  }
}
