import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiOperation,
  ApiPayloadTooLargeResponse,
  ApiResponse,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { cloudEventSchema, eventSchema } from '@patchbay/contracts';
import { Allow } from '@patchbay/service-kit';
import type { Request } from 'express';
import { type Acknowledgement, Intake } from './intake';

const body = {
  required: true,
  content: {
    'application/json': { schema: inOpenApi(eventSchema) },
    'application/cloudevents+json': { schema: inOpenApi(cloudEventSchema) },
  },
};

/** Events over HTTP, for systems that have no AMQP. */
@ApiTags('events')
@Controller('v1/events')
export class EventsController {
  constructor(private readonly intake: Intake) {}

  @Post()
  @Allow('publisher')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Hands in one lifecycle event of a conversation',
    description: 'As a message of its own or as a CloudEvent 1.0 in structured JSON, told by its `specversion`.',
    requestBody: body,
  })
  @ApiResponse({ status: 202, description: 'Stored in its lane; `id` identifies it from here on.' })
  @ApiBadRequestResponse({ description: 'Not an event; `errors` names every fault by its path.' })
  @ApiPayloadTooLargeResponse({ description: 'More than 256 KiB.' })
  @ApiServiceUnavailableResponse({ description: 'Not stored, or not known to be; send it again after `Retry-After`.' })
  accept(@Req() request: Request): Promise<Acknowledgement> {
    return this.intake.takeRequest(request.body, request.headers['content-type']);
  }
}

/** A schema as part of the OpenAPI page: the page changes what it is given, so a copy. */
function inOpenApi({ $schema: _draft, $id: _id, ...schema }: { $schema: string; $id: string }): object {
  return structuredClone(schema);
}
