import { Controller, Get, Param, ParseUUIDPipe } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '@patchbay/service-kit';
import { Traffic } from './traffic';

/** How the calls of each integration go, as this dispatcher sees it. */
@ApiTags('traffic')
@Controller('v1/traffic')
export class TrafficController {
  constructor(private readonly traffic: Traffic) {}

  @Allow('viewer')
  @Get()
  @ApiOperation({ summary: 'Breaker, pace, slots and parked deliveries of every integration that was called of late' })
  list() {
    return { items: this.traffic.all() };
  }

  @Allow('viewer')
  @Get(':integrationId')
  @ApiOperation({ summary: 'Breaker, pace, slots and parked deliveries of one integration' })
  read(@Param('integrationId', ParseUUIDPipe) integrationId: string) {
    return this.traffic.of(integrationId);
  }
}
