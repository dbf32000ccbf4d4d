import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Delivery, Settlement } from '@patchbay/messaging';
import { Writers } from '../writers';

@Controller()
export class OperatorEventsConsumer {
  constructor(private readonly writers: Writers) {}

  @EventPattern('operator-events')
  take(@Payload() delivery: Delivery): Promise<Settlement> {
    return this.writers.operatorEvents.take(delivery);
  }
}
