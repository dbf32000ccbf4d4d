import { type DynamicModule, Module } from '@nestjs/common';
import { EventsController } from './events.controller';
import { Intake } from './intake';
import { IntakeConsumer } from './intake.consumer';

@Module({ controllers: [EventsController, IntakeConsumer] })
export class EventIngestModule {
  static with(intake: Intake): DynamicModule {
    return { module: EventIngestModule, providers: [{ provide: Intake, useValue: intake }] };
  }
}
