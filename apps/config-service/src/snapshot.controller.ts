import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Snapshot } from '@patchbay/contracts';
import { Allow } from '@patchbay/service-kit';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { Response } from 'express';
import { Workplace } from './change-integration';

class SnapshotQueryDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 0, default: 0, description: 'the revision that is known already' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  since?: number;
}

@ApiTags('snapshot')
@Controller('v1/snapshot')
export class SnapshotController {
  constructor(private readonly workplace: Workplace) {}

  @Allow('dispatcher')
  @Get()
  @ApiOperation({ summary: 'What dispatchers work by: everything, or what changed since a revision; secrets sealed' })
  @ApiOkResponse({ schema: { type: 'object', required: ['revision', 'full', 'integrations', 'deleted'] } })
  @ApiResponse({ status: 304, description: 'If-None-Match names the current revision' })
  async read(
    @Query() { since = 0 }: SnapshotQueryDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Snapshot> {
    const snapshot = await this.workplace.store.snapshot(since);
    response.setHeader('ETag', `"${snapshot.revision}"`);
    return snapshot;
  }
}
