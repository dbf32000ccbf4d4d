import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';

export class FaultBody {
  @ApiProperty({ description: 'This path of the customer services and everything below it.' })
  @Matches(/^\//)
  path!: string;

  @ApiPropertyOptional({ description: "Answered instead of the service's own." })
  @IsOptional()
  @IsInt()
  @Min(200)
  @Max(599)
  status?: number;

  @ApiPropertyOptional({ description: 'The answer comes so much later.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(600_000)
  delayMs?: number;

  @ApiPropertyOptional({ description: 'For so many requests; absent = until cleared.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  times?: number;
}
