import type { Integration } from '@patchbay/edi';
import { Column, Entity, OneToMany, PrimaryColumn } from 'typeorm';
import { AuthenticationEntity } from './authentication.entity';
import { wholeNumber } from './whole-number';

/** The record without its authentications, whose owner is the table of that name. */
export type IntegrationRecord = Omit<Integration, 'authentications'>;

/** The current version of an integration; name, channel and events are its own columns for searching. */
@Entity('integrations')
export class IntegrationEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  channel!: string;

  @Column('text', { array: true })
  events!: string[];

  @Column('integer')
  version!: number;

  /** The revision that made this version. */
  @Column('bigint', { transformer: wholeNumber })
  revision!: number;

  /** json, not jsonb: the order of its members is the author's, and params go out in it. */
  @Column('json')
  record!: IntegrationRecord;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @OneToMany(() => AuthenticationEntity, (authentication) => authentication.integration)
  authentications!: AuthenticationEntity[];
}
