import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Allow } from '@patchbay/service-kit';
import { DataSource } from 'typeorm';
import { ListQuery } from '../list-query.dto';
import { tellConversation } from './tell-conversation';

@ApiTags('conversations')
@Controller('v1/conversations')
export class ConversationsController {
  constructor(private readonly dataSource: DataSource) {}

  /** The events of a conversation, oldest first, with their deliveries, attempts, dead letters and replays. */
  @Allow('viewer')
  @Get(':id')
  read(@Param('id') id: string, @Query() query: ListQuery) {
    return tellConversation(this.dataSource, id, query);
  }
}
