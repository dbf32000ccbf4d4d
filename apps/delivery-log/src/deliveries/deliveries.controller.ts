import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Allow, CurrentPrincipal, hasRole, type Principal } from '@patchbay/service-kit';
import { DataSource } from 'typeorm';
import { Payloads } from '../payloads';
import { DeliveriesQuery, SummaryQuery } from './deliveries-query.dto';
import { explainDelivery, explainEvent } from './explain';
import { findDeliveries } from './find-deliveries';
import { summarise } from './summarise';

@ApiTags('deliveries')
@Controller('v1')
export class DeliveriesController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly payloads: Payloads,
  ) {}

  /** Deliveries by filter, newest first. */
  @Allow('viewer')
  @Get('deliveries')
  list(@Query() query: DeliveriesQuery) {
    return findDeliveries(this.dataSource, query);
  }

  /** One delivery with its attempts; values that were set and saved for operators only. */
  @Allow('viewer')
  @Get('deliveries/:id')
  read(@Param('id') id: string, @CurrentPrincipal() principal: Principal) {
    return explainDelivery(this.dataSource, this.payloads, id, hasRole(principal, 'operator'));
  }

  /** Why an event did or did not fire something; its payload for operators only. */
  @Allow('viewer')
  @Get('events/:id')
  explain(@Param('id') id: string, @CurrentPrincipal() principal: Principal) {
    return explainEvent(this.dataSource, this.payloads, id, hasRole(principal, 'operator'));
  }

  /** Counts of deliveries per integration and status, and of events. */
  @Allow('viewer')
  @Get('summary')
  summarise(@Query() { since }: SummaryQuery) {
    return summarise(this.dataSource, since);
  }
}
