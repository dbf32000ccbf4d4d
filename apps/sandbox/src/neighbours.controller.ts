import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '@patchbay/service-kit';
import { Neighbours } from './neighbours/neighbours';
import type { AgentDesk } from './neighbours/agent-desk';
import type { RoutingDesk } from './neighbours/routing-desk';

@ApiTags('neighbours')
@Controller('v1')
export class NeighboursController {
  constructor(private readonly neighbours: Neighbours) {}

  @Allow('operator')
  @Get('desktop')
  @ApiOperation({ summary: 'What the agents see beside their conversations' })
  showDesktop(): ReturnType<AgentDesk['tell']> {
    return this.neighbours.desktop.tell();
  }

  @Allow('operator')
  @Get('routing')
  @ApiOperation({ summary: 'What routing did on the word of integrations' })
  showRouting(): ReturnType<RoutingDesk['tell']> {
    return this.neighbours.routing.tell();
  }
}
