import type { DatabaseOptions } from '@patchbay/service-kit';
import { AuthenticationEntity } from './entities/authentication.entity';
import { DeletedIntegrationEntity } from './entities/deleted-integration.entity';
import { IntegrationVersionEntity } from './entities/integration-version.entity';
import { IntegrationEntity } from './entities/integration.entity';
import { CreateConfig1764000000000 } from './migrations/1764000000000-create-config';

/** The schema `config` of this service: its tables and how they came to be. */
export function configDatabase(url: string): DatabaseOptions {
  return {
    url,
    schema: 'config',
    entities: [IntegrationEntity, IntegrationVersionEntity, AuthenticationEntity, DeletedIntegrationEntity],
    migrations: [CreateConfig1764000000000],
  };
}
