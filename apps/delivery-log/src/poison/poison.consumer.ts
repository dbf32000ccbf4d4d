import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Delivery, Settlement } from '@patchbay/messaging';
import { Poison } from './poison';

@Controller()
export class PoisonConsumer {
  constructor(private readonly poison: Poison) {}

  @EventPattern('poison')
  take(@Payload() delivery: Delivery): Promise<Settlement> {
    return this.poison.take(delivery);
  }
}
