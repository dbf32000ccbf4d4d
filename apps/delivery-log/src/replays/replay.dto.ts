import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { deliveryStatuses, type DeliveryStatus, type Side } from '@patchbay/contracts';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsObject,
  IsOptional,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { ListQuery } from '../list-query.dto';
import { itemStatuses, type ItemStatus } from './find-items';
import {
  configurationChoices,
  keyChoices,
  operationStates,
  type ConfigurationChoice,
  type KeyChoice,
  type OperationState,
} from './operation';

const sides = ['ours', 'theirs'] as const satisfies Side[];

/** A text that PostgreSQL can hold. */
const Text = () =>
  applyDecorators(
    IsOptional(),
    MaxLength(200),
    Matches(/^[^\0\p{Cs}]*$/u, { message: 'must be text without NUL and without halves of characters' }),
  );

/** What is still retried is not over, so it is no delivery to replay. */
const endedStatuses = deliveryStatuses.filter((status) => status !== 'retrying');

/** Which deliveries are meant; all given conditions must hold, and at least one must be given. */
export class ReplayFilterDto {
  @ApiPropertyOptional({ enum: endedStatuses, description: 'all of them unless given' })
  @IsOptional()
  @IsIn(endedStatuses)
  status?: DeliveryStatus;

  @ApiPropertyOptional({ description: 'id or name of an integration' })
  @Text()
  integration?: string;

  @ApiPropertyOptional({ example: 'http_503' })
  @Text()
  failureClass?: string;

  @ApiPropertyOptional({ enum: sides, description: 'who has to act on its last failure' })
  @IsOptional()
  @IsIn(sides)
  side?: Side;

  @ApiPropertyOptional({ description: 'HTTP status of its last answer' })
  @IsOptional()
  @IsInt()
  @Min(100)
  @Max(999)
  httpStatus?: number;

  @ApiPropertyOptional({ description: 'id of a contact' })
  @Text()
  contact?: string;

  @ApiPropertyOptional({ description: 'name of a lifecycle event' })
  @Text()
  event?: string;

  @ApiPropertyOptional({ description: 'id of an event' })
  @Text()
  eventId?: string;

  @ApiPropertyOptional({ description: 'what all legs of one interaction share' })
  @Text()
  conversation?: string;

  @ApiPropertyOptional({ description: 'accepted at or after this time, RFC 3339' })
  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;

  @ApiPropertyOptional({ description: 'accepted before this time, RFC 3339' })
  @IsOptional()
  @IsISO8601({ strict: true })
  to?: string;

  @ApiPropertyOptional({ description: 'part of its reason, in small or capital letters' })
  @Text()
  text?: string;

  @ApiPropertyOptional({ type: [String], description: 'ids of deliveries, at most 5000' })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(5_000)
  @IsUUID('all', { each: true })
  ids?: string[];
}

/** What is to be replayed, and how. */
export class ReplayBodyDto {
  @ApiProperty({ type: ReplayFilterDto })
  @IsObject()
  @ValidateNested()
  @Type(() => ReplayFilterDto)
  filter!: ReplayFilterDto;

  @ApiPropertyOptional({
    enum: configurationChoices,
    default: 'now',
    description: 'then: the version of the integration that reacted first, with the secrets of today',
  })
  @IsOptional()
  @IsIn(configurationChoices)
  configuration: ConfigurationChoice = 'now';

  @ApiPropertyOptional({
    enum: keyChoices,
    default: 'same',
    description: 'same: the service may take a replay for a repetition; new: it may not',
  })
  @IsOptional()
  @IsIn(keyChoices)
  keys: KeyChoice = 'same';

  @ApiPropertyOptional({ default: 50, minimum: 1, maximum: 1_000 })
  @IsOptional()
  @IsNumber()
  @Min(1)
  @Max(1_000)
  ratePerSecond: number = 50;

  @ApiPropertyOptional({ default: false, description: 'only counts and shows a sample; nothing is kept' })
  @IsOptional()
  @IsBoolean()
  dryRun: boolean = false;
}

/** Filters of the list of replays. */
export class ReplaysQuery extends ListQuery {
  @ApiPropertyOptional({ enum: operationStates })
  @IsOptional()
  @IsIn(operationStates)
  state?: OperationState;
}

/** Filters of the items of a replay, in the order in which they are sent. */
export class ItemsQuery {
  @ApiPropertyOptional({ enum: itemStatuses })
  @IsOptional()
  @IsIn(itemStatuses)
  status?: ItemStatus;

  @ApiPropertyOptional({ description: 'nextCursor of the page before' })
  @IsOptional()
  @Matches(/^\d{1,9}$/, { message: 'is not a cursor that this service gave out' })
  cursor: string = '0';

  @ApiPropertyOptional({ description: '1 to 500', default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 50;
}
