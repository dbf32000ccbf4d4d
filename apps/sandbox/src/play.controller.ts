import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '@patchbay/service-kit';
import { Player, type PlayProgress } from './conversations/player';
import { Replayer, type ReplayProgress } from './conversations/replayer';
import { Neighbours } from './neighbours/neighbours';
import { PlayBody, ReplayBody } from './play.dto';
import { startReplay } from './start-replay';

@ApiTags('conversations')
@Controller('v1')
export class PlayController {
  constructor(
    private readonly player: Player,
    private readonly replayer: Replayer,
    private readonly neighbours: Neighbours,
  ) {}

  @Allow('operator')
  @Post('play')
  @HttpCode(202)
  @ApiOperation({ summary: 'Play conversations' })
  play(@Body() { neighbours, ...order }: PlayBody): PlayProgress {
    this.neighbours.begin(neighbours);
    this.player.play(order);
    return this.player.tell();
  }

  @Allow('operator')
  @Get('play')
  @ApiOperation({ summary: 'What was played so far' })
  tellPlay(): PlayProgress {
    return this.player.tell();
  }

  @Allow('operator')
  @Delete('play')
  @ApiOperation({ summary: 'Begin no further conversation' })
  stop(): PlayProgress {
    this.player.stop();
    return this.player.tell();
  }

  @Allow('operator')
  @Post('replay')
  @HttpCode(202)
  @ApiOperation({ summary: 'Play a recorded day' })
  async replay(@Body() { neighbours, ...order }: ReplayBody): Promise<ReplayProgress> {
    const progress = await startReplay(this.replayer, order);
    this.neighbours.begin(neighbours);
    return progress;
  }

  @Allow('operator')
  @Get('replay')
  @ApiOperation({ summary: 'How far the replay is' })
  tellReplay(): ReplayProgress {
    return this.replayer.tell();
  }
}
