import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '@patchbay/service-kit';
import { FaultPlan, type PlannedFault } from './endpoint/fault-plan';
import { FaultBody } from './faults.dto';

@ApiTags('customer services')
@Controller('v1/faults')
export class FaultsController {
  constructor(private readonly faults: FaultPlan) {}

  @Allow('operator')
  @Post()
  @ApiOperation({ summary: 'Let a path of the customer services misbehave' })
  add(@Body() fault: FaultBody): { faults: PlannedFault[] } {
    this.faults.add(fault);
    return this.list();
  }

  @Allow('operator')
  @Get()
  @ApiOperation({ summary: 'The faults that are planned' })
  list(): { faults: PlannedFault[] } {
    return { faults: this.faults.list() };
  }

  @Allow('operator')
  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Let everything behave again' })
  clear(): void {
    this.faults.clear();
  }
}
