import { Module, type DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DeadLettersConsumer } from './dead-letters/dead-letters.consumer';
import { DeadLettersController } from './dead-letters/dead-letters.controller';
import { Replays } from './dead-letters/replays';
import { DeliveriesController } from './deliveries/deliveries.controller';
import { LiveController } from './live/live.controller';
import { LiveFeed } from './live/live-feed';
import { Payloads } from './payloads';
import { OperatorEventsConsumer } from './operator-events/operator-events.consumer';
import { OperatorEventsController } from './operator-events/operator-events.controller';
import { OutcomesConsumer } from './records/outcomes.consumer';
import { RejectedConsumer } from './rejected/rejected.consumer';
import { RejectedController } from './rejected/rejected.controller';
import { Writers } from './writers';

/** What the controllers and consumers work on. */
export interface DeliveryLogParts {
  dataSource: DataSource;
  payloads: Payloads;
  feed: LiveFeed;
  writers: Writers;
  replays: Replays;
}

@Module({})
export class DeliveryLogModule {
  static of({ dataSource, payloads, feed, writers, replays }: DeliveryLogParts): DynamicModule {
    return {
      module: DeliveryLogModule,
      controllers: [
        DeadLettersConsumer,
        DeadLettersController,
        DeliveriesController,
        LiveController,
        OperatorEventsConsumer,
        OperatorEventsController,
        OutcomesConsumer,
        RejectedConsumer,
        RejectedController,
      ],
      providers: [
        { provide: DataSource, useValue: dataSource },
        { provide: Payloads, useValue: payloads },
        { provide: LiveFeed, useValue: feed },
        { provide: Writers, useValue: writers },
        { provide: Replays, useValue: replays },
      ],
    };
  }
}
