import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { eventNames, integrationChannels, integrationDirections } from '@patchbay/edi';
import { Transform, Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { longestReason } from './read-suspension';

const lower = Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.toLowerCase() : value));

export class ListQueryDto {
  @ApiPropertyOptional({ description: '`nextCursor` of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  cursor?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;

  @ApiPropertyOptional({ description: 'part of the name, the description or the endpoint URL' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  search?: string;

  @ApiPropertyOptional({ enum: integrationChannels })
  @IsOptional()
  @lower
  @IsIn(integrationChannels)
  channel?: string;

  @ApiPropertyOptional({ enum: eventNames })
  @IsOptional()
  @lower
  @IsIn(eventNames)
  event?: string;
}

export class CopyDto {
  @ApiPropertyOptional({ description: '"<name> (copy)" unless given' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  name?: string;
}

export class SuspendDto {
  @ApiProperty({ minLength: 1, maxLength: longestReason, description: 'why, for whoever wonders or resumes it' })
  @IsString()
  @Length(1, longestReason)
  @Matches(/^(?=.*\S)[^\p{Cc}\p{Cs}]*$/u, { message: 'must be printable text in one line' })
  reason!: string;
}

@ApiSchema({ name: 'AuthenticationEntry' })
export class AuthenticationEntryDto {
  @ApiProperty({ example: 'basic:crm-user' })
  id!: string;

  @ApiPropertyOptional({ writeOnly: true, description: 'never answered; without it the stored one is kept' })
  secret?: string;
}

@ApiSchema({ name: 'Direct' })
export class DirectDto {
  @ApiProperty({ default: false })
  calls!: boolean;

  @ApiProperty({ default: false })
  chats!: boolean;
}

/** For the OpenAPI page; the body itself is checked as a whole by the language's own rules. */
@ApiSchema({ name: 'IntegrationBody' })
export class IntegrationBodyDto {
  @ApiProperty({ minLength: 1, maxLength: 200, description: 'unique' })
  name!: string;

  @ApiPropertyOptional({ default: '' })
  description?: string;

  @ApiPropertyOptional({ enum: integrationChannels, default: 'multi' })
  channel?: string;

  @ApiProperty({ example: 'https://crm.example.com/customers/{contact.source}' })
  endpointUrl!: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, default: 1 })
  ordinal?: number;

  @ApiPropertyOptional({ enum: integrationDirections, default: 'both' })
  direction?: string;

  @ApiPropertyOptional({ enum: eventNames, isArray: true, description: 'empty = disabled' })
  events?: string[];

  @ApiPropertyOptional({ type: DirectDto })
  direct?: DirectDto;

  @ApiPropertyOptional({ type: [String], description: 'queue ids, or ["*"] for every queue' })
  queues?: string[];

  @ApiPropertyOptional({ type: [AuthenticationEntryDto] })
  authentications?: AuthenticationEntryDto[];

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: {
      request: { method: 'GET', params: { phone: '{contact.source}' } },
      response: { save: { name: '{response.body.name}' } },
    },
  })
  configuration!: object;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { profile: 'live' } })
  delivery?: object;
}

@ApiSchema({ name: 'Warning' })
export class WarningDto {
  @ApiProperty({ example: 'configuration.request.params.phone' })
  path!: string;

  @ApiProperty()
  code!: string;

  @ApiProperty()
  message!: string;
}

@ApiSchema({ name: 'StoredAuthentication' })
export class StoredAuthenticationDto {
  @ApiProperty()
  id!: string;

  @ApiProperty({ enum: [true] })
  set!: boolean;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

@ApiSchema({ name: 'Suspension' })
export class SuspensionDto {
  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty()
  reason!: string;
}

@ApiSchema({ name: 'Integration' })
export class IntegrationDto extends IntegrationBodyDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ type: 'integer' })
  version!: number;

  @ApiProperty({ type: [StoredAuthenticationDto] })
  declare authentications: never;

  @ApiProperty({
    type: SuspensionDto,
    nullable: true,
    description: 'does not fire since then; null when it may. Only suspend, resume and a 410 of its service change it',
  })
  suspended!: SuspensionDto | null;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;

  @ApiProperty({ type: [WarningDto] })
  warnings!: WarningDto[];
}

@ApiSchema({ name: 'IntegrationPage' })
export class IntegrationPageDto {
  @ApiProperty({ type: [IntegrationDto] })
  items!: IntegrationDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

@ApiSchema({ name: 'IntegrationVersion' })
export class IntegrationVersionDto {
  @ApiProperty({ type: 'integer' })
  version!: number;

  @ApiProperty({ type: 'integer' })
  revision!: number;

  @ApiProperty({ format: 'date-time' })
  changedAt!: string;

  @ApiProperty()
  changedBy!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'the record; authentications by id' })
  integration!: object;
}

@ApiSchema({ name: 'IntegrationVersions' })
export class IntegrationVersionsDto {
  @ApiProperty({ type: [IntegrationVersionDto] })
  items!: IntegrationVersionDto[];
}
