import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { IntegrationEntity } from './integration.entity';

/** One secret of an integration, sealed; it never leaves sealed form here. */
@Entity('authentications')
export class AuthenticationEntity {
  @PrimaryColumn('uuid', { name: 'integration_id' })
  integrationId!: string;

  @PrimaryColumn('text', { name: 'entry_id' })
  entryId!: string;

  @Column('text')
  sealed!: string;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @ManyToOne(() => IntegrationEntity, (integration) => integration.authentications)
  @JoinColumn({ name: 'integration_id' })
  integration!: unknown;
}
