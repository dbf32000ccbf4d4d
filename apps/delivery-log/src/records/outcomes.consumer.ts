import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Delivery, Settlement } from '@patchbay/messaging';
import { Writers } from '../writers';

@Controller()
export class OutcomesConsumer {
  constructor(private readonly writers: Writers) {}

  @EventPattern('outcomes')
  take(@Payload() delivery: Delivery): Promise<Settlement> {
    return this.writers.outcomes.take(delivery);
  }
}
