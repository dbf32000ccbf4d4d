import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Allow } from '@patchbay/service-kit';
import { DataSource } from 'typeorm';
import { findOperatorEvents } from './find-operator-events';
import { OperatorEventsQuery } from './operator-events-query.dto';

@ApiTags('operator events')
@Controller('v1/operator-events')
export class OperatorEventsController {
  constructor(private readonly dataSource: DataSource) {}

  /** What operators should know of integrations: suspended, calls held back, only ever not found; newest first. */
  @Allow('viewer')
  @Get()
  list(@Query() query: OperatorEventsQuery) {
    return findOperatorEvents(this.dataSource, query);
  }
}
