import { ApiPropertyOptional } from '@nestjs/swagger';
import { deliveryStatuses, type DeliveryStatus, type Side } from '@patchbay/contracts';
import { IsIn, IsISO8601, IsOptional, IsString } from 'class-validator';
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
}

/** From when on the summary counts. */
export class SummaryQuery {
  @ApiPropertyOptional({ description: 'counts what was accepted since, RFC 3339' })
  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;
}
