import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { ListQuery } from '../list-query.dto';

export const deadLetterStatuses = ['waiting', 'replayed'] as const;

/** Filters of the list of dead letters; all given ones must hold. */
export class DeadLettersQuery extends ListQuery {
  @ApiPropertyOptional({ description: 'id or name of an integration' })
  @IsOptional()
  @IsString()
  integration?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  conversation?: string;

  @ApiPropertyOptional({ enum: deadLetterStatuses })
  @IsOptional()
  @IsIn(deadLetterStatuses)
  status?: (typeof deadLetterStatuses)[number];
}
