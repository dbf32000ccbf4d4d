import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Delivery, Settlement } from '@patchbay/messaging';
import { Suspensions } from './suspensions';

@Controller()
export class SuspensionsConsumer {
  constructor(private readonly suspensions: Suspensions) {}

  @EventPattern('suspensions')
  take(@Payload() delivery: Delivery): Promise<Settlement> {
    return this.suspensions.take(delivery);
  }
}
