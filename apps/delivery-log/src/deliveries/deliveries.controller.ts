import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Allow, CurrentPrincipal, type Principal } from '@patchbay/service-kit';
import { DataSource } from 'typeorm';
import { PayloadReads } from '../payload-reads';
import { Payloads } from '../payloads';
import { DeliveriesQuery, SummaryQuery } from './deliveries-query.dto';
import { explainDelivery, explainEvent } from './explain';
import { EventsQuery } from './events-query.dto';
import { findDeliveries } from './find-deliveries';
import { findEvents } from './find-event';
import { summarise } from './summarise';

@ApiTags('deliveries')
@Controller('v1')
export class DeliveriesController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly payloads: Payloads,
    private readonly reads: PayloadReads,
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
    return explainDelivery(this.dataSource, this.payloads, id, this.reads.allow(principal, 'delivery', id));
  }

  /** Events by filter, newest first; with `matched=none` those for which nothing fired. */
  @Allow('viewer')
  @Get('events')
  listEvents(@Query() query: EventsQuery) {
    return findEvents(this.dataSource, query);
  }

  /** Why an event did or did not fire something; its payload, and what to ask config-service for a comparison rule by rule, for
   * operators only. */
  @Allow('viewer')
  @Get('events/:id')
  explain(@Param('id') id: string, @CurrentPrincipal() principal: Principal) {
    return explainEvent(this.dataSource, this.payloads, id, this.reads.allow(principal, 'event', id));
  }

  /** Counts of deliveries per integration and status, and of events. */
  @Allow('viewer')
  @Get('summary')
  summarise(@Query() { since }: SummaryQuery) {
    return summarise(this.dataSource, since);
  }
}
