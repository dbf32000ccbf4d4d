import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Delivery, Settlement } from '@patchbay/messaging';
import { Intake } from './intake';

/** Events that the core system publishes to patchbay.intake. */
@Controller()
export class IntakeConsumer {
  constructor(private readonly intake: Intake) {}

  @EventPattern('intake')
  take(@Payload() delivery: Delivery): Promise<Settlement> {
    return this.intake.takeDelivery(delivery);
  }
}
