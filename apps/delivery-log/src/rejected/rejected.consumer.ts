import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Delivery, Settlement } from '@patchbay/messaging';
import { Writers } from '../writers';

@Controller()
export class RejectedConsumer {
  constructor(private readonly writers: Writers) {}

  @EventPattern('rejected')
  take(@Payload() delivery: Delivery): Promise<Settlement> {
    return this.writers.rejected.take(delivery);
  }
}
