import type { Integration } from '@patchbay/edi';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number';

/** A version of an integration as it was, for ever; authentications by id only. */
@Entity('integration_versions')
export class IntegrationVersionEntity {
  @PrimaryColumn('uuid', { name: 'integration_id' })
  integrationId!: string;

  @PrimaryColumn('integer')
  version!: number;

  @Column('bigint', { transformer: wholeNumber })
  revision!: number;

  @Column('json')
  record!: Integration;

  @Column('timestamptz', { name: 'changed_at' })
  changedAt!: Date;

  /** The name of the token that made it. */
  @Column('text', { name: 'changed_by' })
  changedBy!: string;
}
