import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiResponse,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { eventSchema } from '@patchbay/contracts';
import { Allow } from '@patchbay/service-kit';
import type { Request } from 'express';
import { type Acknowledgement, Intake } from './intake';

const { $schema: _draft, $id: _id, ...bodySchema } = eventSchema;

/** Events over HTTP, for systems that have no AMQP. */
@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  constructor(private readonly intake: Intake) {}

  @Post()
  @Allow('publisher')
  @HttpCode(202)
  @ApiOperation({ summary: 'Hands in one lifecycle event of a conversation' })
  @ApiBody({ schema: structuredClone(bodySchema) as object })
  @ApiResponse({ status: 202, description: 'Stored in its lane; `id` identifies it from here on.' })
  @ApiBadRequestResponse({ description: 'Not an event; `errors` names every fault by its path.' })
  @ApiPayloadTooLargeResponse({ description: 'More than 256 KiB.' })
  @ApiServiceUnavailableResponse({ description: 'Not stored, or not known to be; send it again after `Retry-After`.' })
  accept(@Req() request: Request): Promise<Acknowledgement> {
    return this.intake.takeRequest(request.body);
  }
}
