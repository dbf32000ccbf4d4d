import { Module, type DynamicModule } from '@nestjs/common';
import { LaneWorker } from './lane-worker';
import { LanesConsumer } from './lanes.consumer';
import { Traffic } from './traffic';
import { TrafficController } from './traffic.controller';

/** The dispatcher's one module. */
@Module({})
export class DispatcherModule {
  static with(worker: LaneWorker, traffic: Traffic): DynamicModule {
    return {
      module: DispatcherModule,
      controllers: [LanesConsumer, TrafficController],
      providers: [
        { provide: LaneWorker, useValue: worker },
        { provide: Traffic, useValue: traffic },
      ],
    };
  }
}
