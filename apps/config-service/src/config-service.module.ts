import { type DynamicModule, Module } from '@nestjs/common';
import { Workplace } from './change-integration';
import { ExplainController } from './explain.controller';
import { IntegrationsController } from './integrations.controller';
import { SchemasController } from './schemas.controller';
import { SnapshotController } from './snapshot.controller';
import { Suspensions } from './suspensions';
import { SuspensionsConsumer } from './suspensions.consumer';

@Module({
  controllers: [IntegrationsController, ExplainController, SchemasController, SnapshotController, SuspensionsConsumer],
})
export class ConfigServiceModule {
  static with(workplace: Workplace, suspensions: Suspensions): DynamicModule {
    return {
      module: ConfigServiceModule,
      providers: [
        { provide: Workplace, useValue: workplace },
        { provide: Suspensions, useValue: suspensions },
      ],
    };
  }
}
