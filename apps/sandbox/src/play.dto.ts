import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsNotEmpty, IsNumber, IsOptional, IsString, Max, Min } from 'class-validator';

export class PlayBody {
  @ApiPropertyOptional({ description: 'At most so many conversations; absent = until stopped.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  conversations?: number;

  @ApiPropertyOptional({ description: 'New conversations a second; 0.5 unless given.' })
  @IsOptional()
  @IsNumber()
  @Min(0.01)
  @Max(10_000)
  ratePerSecond?: number;

  @ApiPropertyOptional({ description: 'How many times faster than in life a conversation goes; 1 unless given.' })
  @IsOptional()
  @IsNumber()
  @Min(0.01)
  @Max(10_000)
  pace?: number;

  @ApiPropertyOptional({ description: 'false leaves the results in their queues for somebody else.' })
  @IsOptional()
  @IsBoolean()
  neighbours?: boolean;
}

export class ReplayBody {
  @ApiProperty({ description: 'Path of a recorded day as CSV, as this process sees it.' })
  @IsString()
  @IsNotEmpty()
  file!: string;

  @ApiPropertyOptional({ description: 'Times real time; 0 or absent = as fast as it goes.' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  speed?: number;

  @ApiPropertyOptional({ description: 'false leaves the results in their queues for somebody else.' })
  @IsOptional()
  @IsBoolean()
  neighbours?: boolean;
}
