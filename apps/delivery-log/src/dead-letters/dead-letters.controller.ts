import { Controller, Get, Headers, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentPrincipal, type Principal } from '@patchbay/service-kit';
import { DataSource } from 'typeorm';
import { PayloadReads } from '../payload-reads';
import { Payloads } from '../payloads';
import { Replays } from './replays';
import { DeadLettersQuery } from './dead-letters-query.dto';
import { explainDeadLetter } from './explain-dead-letter';
import { findDeadLetters } from './find-dead-letters';

@ApiTags('dead letters')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly payloads: Payloads,
    private readonly reads: PayloadReads,
    private readonly replays: Replays,
  ) {}

  /** Dead letters by filter, newest first. */
  @Allow('viewer')
  @Get()
  list(@Query() query: DeadLettersQuery) {
    return findDeadLetters(this.dataSource, query);
  }

  /** One dead letter, by the id of its delivery; the event for operators only. */
  @Allow('viewer')
  @Get(':id')
  read(@Param('id') id: string, @CurrentPrincipal() principal: Principal) {
    return explainDeadLetter(this.dataSource, this.payloads, id, this.reads.allow(principal, 'dead letter', id));
  }

  /** Reacts to the event again, as a new delivery; asking again gives the same replay. */
  @Allow('operator')
  @Post(':id/replay')
  @HttpCode(202)
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'recorded with the replay' })
  replay(
    @Param('id') deliveryId: string,
    @CurrentPrincipal() { name: requestedBy }: Principal,
    @Headers('idempotency-key') idempotencyKey?: string,
  ) {
    return this.replays.start({ deliveryId, requestedBy, idempotencyKey });
  }
}
