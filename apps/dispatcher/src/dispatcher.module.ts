import { Module, type DynamicModule } from '@nestjs/common';
import { LaneWorker } from './lane-worker';
import { LanesConsumer } from './lanes.consumer';

/** The dispatcher's one module. */
@Module({})
export class DispatcherModule {
  static with(worker: LaneWorker): DynamicModule {
    return {
      module: DispatcherModule,
      controllers: [LanesConsumer],
      providers: [{ provide: LaneWorker, useValue: worker }],
    };
  }
}
