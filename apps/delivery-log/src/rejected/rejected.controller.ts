import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Allow, CurrentPrincipal, type Principal } from '@patchbay/service-kit';
import { DataSource } from 'typeorm';
import { ListQuery } from '../list-query.dto';
import { PayloadReads } from '../payload-reads';
import { Payloads } from '../payloads';
import { explainRejected, findRejected } from './find-rejected';
import { RejectedReplays } from './replay-rejected';

@ApiTags('rejected')
@Controller('v1/rejected')
export class RejectedController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly payloads: Payloads,
    private readonly reads: PayloadReads,
    private readonly replays: RejectedReplays,
  ) {}

  /** Input that was refused and why, newest first. */
  @Allow('viewer')
  @Get()
  list(@Query() query: ListQuery) {
    return findRejected(this.dataSource, query);
  }

  /** One refusal; the body as it came for operators only. */
  @Allow('viewer')
  @Get(':id')
  read(@Param('id') id: string, @CurrentPrincipal() principal: Principal) {
    return explainRejected(this.dataSource, this.payloads, id, this.reads.allow(principal, 'rejected message', id));
  }

  /** Gives it to intake once more, byte for byte; what is still wrong with it is refused again, as a new refusal. */
  @Allow('operator')
  @Post(':id/replay')
  @HttpCode(202)
  replay(@Param('id') id: string, @CurrentPrincipal() { name }: Principal) {
    return this.replays.replay(id, name);
  }
}
