import { Module, type DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ConversationsController } from './conversations/conversations.controller';
import { DeadLettersConsumer } from './dead-letters/dead-letters.consumer';
import { DeadLettersController } from './dead-letters/dead-letters.controller';
import { Replays } from './dead-letters/replays';
import { DeliveriesController } from './deliveries/deliveries.controller';
import { LiveController } from './live/live.controller';
import { LiveFeed } from './live/live-feed';
import { PayloadReads } from './payload-reads';
import { Payloads } from './payloads';
import { OperatorEventsConsumer } from './operator-events/operator-events.consumer';
import { OperatorEventsController } from './operator-events/operator-events.controller';
import { Poison } from './poison/poison';
import { PoisonConsumer } from './poison/poison.consumer';
import { OutcomesConsumer } from './records/outcomes.consumer';
import { RejectedConsumer } from './rejected/rejected.consumer';
import { RejectedController } from './rejected/rejected.controller';
import { RejectedReplays } from './rejected/replay-rejected';
import { ReplayOperations } from './replays/replay-operations';
import { ReplaysController } from './replays/replays.controller';
import { Writers } from './writers';

/** What the controllers and consumers work on. */
export interface DeliveryLogParts {
  dataSource: DataSource;
  payloads: Payloads;
  reads: PayloadReads;
  feed: LiveFeed;
  writers: Writers;
  replays: Replays;
  replayOperations: ReplayOperations;
  poison: Poison;
  rejectedReplays: RejectedReplays;
}

@Module({})
export class DeliveryLogModule {
  static of({
    dataSource,
    payloads,
    reads,
    feed,
    writers,
    replays,
    replayOperations,
    poison,
    rejectedReplays,
  }: DeliveryLogParts): DynamicModule {
    return {
      module: DeliveryLogModule,
      controllers: [
        ConversationsController,
        DeadLettersConsumer,
        DeadLettersController,
        DeliveriesController,
        LiveController,
        OperatorEventsConsumer,
        OperatorEventsController,
        OutcomesConsumer,
        PoisonConsumer,
        RejectedConsumer,
        RejectedController,
        ReplaysController,
      ],
      providers: [
        { provide: DataSource, useValue: dataSource },
        { provide: PayloadReads, useValue: reads },
        { provide: Payloads, useValue: payloads },
        { provide: Poison, useValue: poison },
        { provide: RejectedReplays, useValue: rejectedReplays },
        { provide: LiveFeed, useValue: feed },
        { provide: Writers, useValue: writers },
        { provide: Replays, useValue: replays },
        { provide: ReplayOperations, useValue: replayOperations },
      ],
    };
  }
}
