import { type DynamicModule, Module } from '@nestjs/common';
import { Workplace } from './change-integration';
import { IntegrationsController } from './integrations.controller';
import { SnapshotController } from './snapshot.controller';

@Module({ controllers: [IntegrationsController, SnapshotController] })
export class ConfigServiceModule {
  static with(workplace: Workplace): DynamicModule {
    return { module: ConfigServiceModule, providers: [{ provide: Workplace, useValue: workplace }] };
  }
}
