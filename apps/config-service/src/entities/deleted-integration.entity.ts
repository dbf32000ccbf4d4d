import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './whole-number';

/** That an integration was deleted, so that dispatchers which know it hear of it. */
@Entity('deleted_integrations')
export class DeletedIntegrationEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('bigint', { transformer: wholeNumber })
  revision!: number;

  @Column('timestamptz', { name: 'deleted_at' })
  deletedAt!: Date;

  @Column('text', { name: 'deleted_by' })
  deletedBy!: string;
}
