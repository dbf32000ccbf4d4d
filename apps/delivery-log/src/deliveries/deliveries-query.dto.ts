import { ApiPropertyOptional } from '@nestjs/swagger';
import { deliveryStatuses, type DeliveryStatus, type Side } from '@patchbay/contracts';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { ListQuery } from '../list-query.dto';

const sides = ['ours', 'theirs'] as const satisfies Side[];

/** Filters of the list of deliveries; all given ones must hold. */
export class DeliveriesQuery extends ListQuery {
  @ApiPropertyOptional({ description: 'what all legs of one interaction share' })
  @IsOptional()
  @IsString()
  conversation?: string;

  @ApiPropertyOptional({ description: 'id or name of an integration' })
  @IsOptional()
  @IsString()
  integration?: string;

  @ApiPropertyOptional({ description: 'name of a lifecycle event' })
  @IsOptional()
  @IsString()
  event?: string;

  @ApiPropertyOptional({ enum: deliveryStatuses })
  @IsOptional()
  @IsIn(deliveryStatuses)
  status?: DeliveryStatus;

  @ApiPropertyOptional({ enum: sides, description: 'who has to act on its last failure; none of a success' })
  @IsOptional()
  @IsIn(sides)
  side?: Side;

  @ApiPropertyOptional({ description: 'id of an event' })
  @IsOptional()
  @IsString()
  eventId?: string;

  @ApiPropertyOptional({ description: 'id of a contact' })
  @IsOptional()
  @IsString()
  contact?: string;

  @ApiPropertyOptional({ description: 'class of its last failure, e.g. http-5xx' })
  @IsOptional()
  @IsString()
  failureClass?: string;

  @ApiPropertyOptional({ description: 'HTTP status of its last answer' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(999)
  httpStatus?: number;

  @ApiPropertyOptional({ description: 'accepted at this time or later, RFC 3339' })
  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;

  @ApiPropertyOptional({ description: 'accepted before this time, RFC 3339' })
  @IsOptional()
  @IsISO8601({ strict: true })
  to?: string;

  @ApiPropertyOptional({ description: 'part of its reason, in small or capital letters' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  text?: string;
}

/** From when on the summary counts. */
export class SummaryQuery {
  @ApiPropertyOptional({ description: 'counts what was accepted since, RFC 3339' })
  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;
}
