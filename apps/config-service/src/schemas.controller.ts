import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { cloudEventSchema, eventSchema } from '@patchbay/contracts';
import { integrationSchema } from '@patchbay/edi';
import { Allow } from '@patchbay/service-kit';

const AsSchema = Header('Content-Type', 'application/schema+json');
const schemaResponse = { description: 'JSON Schema, draft-07', schema: { type: 'object' } };

/** What bodies have to look like, for editors and other programs. */
@ApiTags('schemas')
@Controller('v1/schemas')
export class SchemasController {
  @Allow('viewer')
  @Get('integration')
  @AsSchema
  @ApiOperation({ summary: 'JSON Schema of an integration as it is written' })
  @ApiOkResponse(schemaResponse)
  integration(): object {
    return integrationSchema;
  }

  @Allow('viewer')
  @Get('event')
  @AsSchema
  @ApiOperation({ summary: 'JSON Schema of an event message' })
  @ApiOkResponse(schemaResponse)
  event(): object {
    return eventSchema;
  }

  @Allow('viewer')
  @Get('cloud-event')
  @AsSchema
  @ApiOperation({ summary: 'JSON Schema of an event that comes as a CloudEvent' })
  @ApiOkResponse(schemaResponse)
  cloudEvent(): object {
    return cloudEventSchema;
  }
}
