import { Controller, Get, type OnModuleDestroy, Res } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { Allow, CurrentPrincipal, type Principal } from '@patchbay/service-kit';
import type { Response } from 'express';
import { PayloadReads } from '../payload-reads';
import { LiveFeed } from './live-feed';

@ApiTags('live')
@Controller('v1/live')
export class LiveController implements OnModuleDestroy {
  constructor(
    private readonly feed: LiveFeed,
    private readonly reads: PayloadReads,
  ) {}

  /** Server-sent events: one per delivery that this process recorded; what was set and saved for operators only. */
  @Allow('viewer')
  @Get()
  @ApiProduces('text/event-stream')
  follow(@CurrentPrincipal() principal: Principal, @Res() response: Response): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const reader = {
      write: (text: string) => void response.write(text),
      end: () => void response.destroy(),
      get waiting() {
        return response.writableLength;
      },
    };
    const remove = this.feed.add(reader, { seesResults: this.reads.allow(principal, 'live feed') });
    response.on('close', remove);
  }

  /** Open feeds would hold up the end of the process. */
  onModuleDestroy(): void {
    this.feed.close();
  }
}
