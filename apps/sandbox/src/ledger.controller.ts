import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '@patchbay/service-kit';
import { Ledger, type LedgerEntry, type LedgerSummary } from './endpoint/ledger';
import { LedgerQuery, LedgerSummaryQuery } from './ledger.dto';

const longestWaitMs = 20_000;

@ApiTags('customer services')
@Controller('v1/ledger')
export class LedgerController {
  constructor(private readonly ledger: Ledger) {}

  @Allow('operator')
  @Get()
  @ApiOperation({ summary: 'What the customer services got, oldest first' })
  select(@Query() query: LedgerQuery): { entries: LedgerEntry[] } {
    return { entries: this.ledger.select(query) };
  }

  @Allow('operator')
  @Get('summary')
  @ApiOperation({ summary: 'How many requests they got, by path and status' })
  async summarise(@Query() { total = 0 }: LedgerSummaryQuery): Promise<LedgerSummary> {
    await this.ledger.reaches(total, longestWaitMs);
    return this.ledger.summary();
  }

  @Allow('operator')
  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Forget what they got' })
  clear(): void {
    this.ledger.clear();
  }
}
