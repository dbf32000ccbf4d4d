import { type DynamicModule, Module } from '@nestjs/common';
import { Workplace } from './change-integration';
import { ExplainController } from './explain.controller';
import { IntegrationsController } from './integrations.controller';
import { SchemasController } from './schemas.controller';
import { SnapshotController } from './snapshot.controller';

@Module({ controllers: [IntegrationsController, ExplainController, SchemasController, SnapshotController] })
export class ConfigServiceModule {
  static with(workplace: Workplace): DynamicModule {
    return { module: ConfigServiceModule, providers: [{ provide: Workplace, useValue: workplace }] };
  }
}
