import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Min } from 'class-validator';

export class LedgerQuery {
  @ApiPropertyOptional({ description: 'This path and everything below it.' })
  @IsOptional()
  @IsString()
  path?: string;

  @ApiPropertyOptional({ description: 'Only entries with a greater sequence.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  since?: number;

  @ApiPropertyOptional({ description: 'At most so many entries, the oldest first; 20,000 unless given.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  limit?: number;
}

export class LedgerSummaryQuery {
  @ApiPropertyOptional({ description: 'Answers once there were so many requests in all, or after 20 seconds.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  total?: number;
}
