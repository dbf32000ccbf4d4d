import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional, IsString } from 'class-validator';
import { ListQuery } from '../list-query.dto';

const matches = ['none', 'some'] as const;

/** Filters of the list of events; all given ones must hold. */
export class EventsQuery extends ListQuery {
  @ApiPropertyOptional({ description: 'what all legs of one interaction share' })
  @IsOptional()
  @IsString()
  conversation?: string;

  @ApiPropertyOptional({ enum: matches, description: 'whether any integration matched' })
  @IsOptional()
  @IsIn(matches)
  matched?: (typeof matches)[number];

  @ApiPropertyOptional({ description: 'accepted at this time or later, RFC 3339' })
  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;

  @ApiPropertyOptional({ description: 'accepted before this time, RFC 3339' })
  @IsOptional()
  @IsISO8601({ strict: true })
  to?: string;
}
