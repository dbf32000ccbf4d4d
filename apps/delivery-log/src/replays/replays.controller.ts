import { Body, Controller, Get, Headers, HttpCode, Param, ParseEnumPipe, Post, Query } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentPrincipal, type Principal } from '@patchbay/service-kit';
import { DataSource } from 'typeorm';
import { findItems } from './find-items';
import { explainOperation, findOperation, findOperations } from './find-operations';
import { ReplayOperations } from './replay-operations';
import { ItemsQuery, ReplayBodyDto, ReplaysQuery } from './replay.dto';
import { steps, type StepName } from './steer-operation';

const stepNames = Object.keys(steps) as StepName[];
const Step = () => Param('step', new ParseEnumPipe(Object.fromEntries(stepNames.map((name) => [name, name]))));

@ApiTags('replays')
@Controller('v1/replays')
export class ReplaysController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly operations: ReplayOperations,
  ) {}

  @Allow('operator')
  @Post()
  @ApiOperation({
    summary: 'Count the deliveries of a filter, try the first few, and keep it as a draft',
    description:
      'Nothing is sent before it is started. A delivery is replayed once: one that is part of another replay is ' +
      'skipped, and what became of that replay is a delivery of its own that may be replayed.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'the id of this request: sent again, it answers the same replay',
  })
  draft(
    @Body() body: ReplayBodyDto,
    @CurrentPrincipal() { name: requestedBy }: Principal,
    @Headers('idempotency-key') requestId?: string,
  ) {
    return this.operations.draft(body, { requestedBy, requestId });
  }

  @Allow('viewer')
  @Get()
  @ApiOperation({ summary: 'Replays, newest first' })
  list(@Query() query: ReplaysQuery) {
    return findOperations(this.dataSource, query);
  }

  @Allow('viewer')
  @Get(':id')
  @ApiOperation({ summary: 'One replay with its progress' })
  read(@Param('id') id: string) {
    return explainOperation(this.dataSource, id);
  }

  @Allow('viewer')
  @Get(':id/items')
  @ApiOperation({ summary: 'The deliveries of a replay, in the order in which they are sent' })
  async items(@Param('id') id: string, @Query() query: ItemsQuery) {
    await findOperation(this.dataSource, id);
    return findItems(this.dataSource, id, query);
  }

  @Allow('operator')
  @Post(':id/:step')
  @HttpCode(200)
  @ApiParam({ name: 'step', enum: stepNames })
  @ApiOperation({
    summary: 'Start, pause, resume or cancel a replay',
    description:
      'Once pause or cancel is answered, nothing more is sent. A step that was taken before changes nothing.',
  })
  steer(@Param('id') id: string, @Step() step: StepName, @CurrentPrincipal() { name: by }: Principal) {
    return this.operations.steer(id, step, by);
  }
}
