import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiBody,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiPreconditionFailedResponse,
  ApiTags,
  PartialType,
} from '@nestjs/swagger';
import { Allow, CurrentPrincipal, type Principal } from '@patchbay/service-kit';
import type { Response } from 'express';
import {
  copyIntegration,
  createIntegration,
  deleteIntegration,
  disableIntegration,
  mergeIntegration,
  replaceIntegration,
  Workplace,
  type Written,
} from './change-integration';
import { ExpectedVersion } from './expected-version';
import { answerOf, etagOf, type IntegrationAnswer, versionAnswerOf } from './integration-answer';
import {
  CopyDto,
  IntegrationBodyDto,
  IntegrationDto,
  IntegrationPageDto,
  IntegrationVersionsDto,
  ListQueryDto,
  SuspendDto,
} from './integration.dto';
import { findIntegration, listIntegrations, listVersions } from './read-integrations';
import { resumeIntegration, suspendIntegration } from './suspend-integration';

class IntegrationPatchDto extends PartialType(IntegrationBodyDto) {}

const Id = () => Param('id', ParseUUIDPipe);
const IfMatch = ApiHeader({
  name: 'If-Match',
  required: true,
  example: '"1"',
  description: 'ETag of the version read',
});
const stale = { description: 'The integration has another version by now; `currentVersion` tells it.' };
const taken = { description: 'Another integration has the name.' };

@ApiTags('integrations')
@Controller('v1/integrations')
export class IntegrationsController {
  constructor(private readonly workplace: Workplace) {}

  @Allow('editor')
  @Post()
  @ApiOperation({ summary: 'Create an integration' })
  @ApiBody({ type: IntegrationBodyDto })
  @ApiCreatedResponse({ type: IntegrationDto })
  @ApiConflictResponse(taken)
  async create(
    @Body() body: unknown,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answerCreated(response, await createIntegration(this.workplace, by.name, body));
  }

  @Allow('viewer')
  @Get()
  @ApiOperation({
    summary: 'List integrations by name',
    description: 'The warning `overlap` is told with each integration by itself only.',
  })
  @ApiOkResponse({ type: IntegrationPageDto })
  async list(@Query() query: ListQueryDto) {
    const { items, nextCursor } = await listIntegrations(this.workplace, query);
    return { items: items.map(answerOf), nextCursor };
  }

  @Allow('viewer')
  @Get(':id')
  @ApiOperation({ summary: 'Read an integration' })
  @ApiOkResponse({ type: IntegrationDto })
  async read(@Id() id: string, @Res({ passthrough: true }) response: Response) {
    return answer(response, await findIntegration(this.workplace, id));
  }

  @Allow('editor')
  @Put(':id')
  @IfMatch
  @ApiOperation({ summary: 'Replace all fields of an integration' })
  @ApiBody({ type: IntegrationBodyDto })
  @ApiOkResponse({ type: IntegrationDto })
  @ApiConflictResponse(taken)
  @ApiPreconditionFailedResponse(stale)
  async replace(
    @Id() id: string,
    @ExpectedVersion() version: number,
    @Body() body: unknown,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answer(response, await replaceIntegration(this.workplace, { id, version, by: by.name }, body));
  }

  @Allow('editor')
  @Patch(':id')
  @IfMatch
  @ApiOperation({ summary: 'Replace the given fields of an integration' })
  @ApiBody({ type: IntegrationPatchDto })
  @ApiOkResponse({ type: IntegrationDto })
  @ApiConflictResponse(taken)
  @ApiPreconditionFailedResponse(stale)
  async merge(
    @Id() id: string,
    @ExpectedVersion() version: number,
    @Body() body: unknown,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answer(response, await mergeIntegration(this.workplace, { id, version, by: by.name }, body));
  }

  @Allow('editor')
  @Delete(':id')
  @HttpCode(204)
  @IfMatch
  @ApiOperation({ summary: 'Delete an integration; its versions are kept' })
  @ApiNoContentResponse()
  @ApiPreconditionFailedResponse(stale)
  async remove(@Id() id: string, @ExpectedVersion() version: number, @CurrentPrincipal() by: Principal): Promise<void> {
    await deleteIntegration(this.workplace, { id, version, by: by.name });
  }

  @Allow('editor')
  @Post(':id/copy')
  @ApiOperation({ summary: 'Copy an integration, without its authentications' })
  @ApiCreatedResponse({ type: IntegrationDto })
  @ApiConflictResponse(taken)
  async copy(
    @Id() id: string,
    @Body() { name }: CopyDto,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answerCreated(response, await copyIntegration(this.workplace, id, by.name, name));
  }

  @Allow('editor')
  @Post(':id/disable')
  @HttpCode(200)
  @IfMatch
  @ApiOperation({ summary: 'Disable an integration by taking all its events away' })
  @ApiOkResponse({ type: IntegrationDto })
  @ApiPreconditionFailedResponse(stale)
  async disable(
    @Id() id: string,
    @ExpectedVersion() version: number,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answer(response, await disableIntegration(this.workplace, { id, version, by: by.name }));
  }

  @Allow('operator')
  @Post(':id/suspend')
  @HttpCode(200)
  @IfMatch
  @ApiOperation({
    summary: 'Suspend an integration: it does not fire until it is resumed',
    description: 'Unlike disabling it changes nothing else, and later changes of the integration leave it suspended.',
  })
  @ApiOkResponse({ type: IntegrationDto })
  @ApiConflictResponse({ description: 'It is suspended already; `suspended` tells since when and why.' })
  @ApiPreconditionFailedResponse(stale)
  async suspend(
    @Id() id: string,
    @ExpectedVersion() version: number,
    @Body() { reason }: SuspendDto,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answer(response, await suspendIntegration(this.workplace, { id, version, by: by.name }, reason));
  }

  @Allow('operator')
  @Post(':id/resume')
  @HttpCode(200)
  @IfMatch
  @ApiOperation({
    summary: 'Resume a suspended integration: it fires again, whoever suspended it',
    description:
      'An integration whose service answered 410 is suspended by the dispatcher; nothing resumes it by itself.',
  })
  @ApiOkResponse({ type: IntegrationDto })
  @ApiConflictResponse({ description: 'It is not suspended.' })
  @ApiPreconditionFailedResponse(stale)
  async resume(
    @Id() id: string,
    @ExpectedVersion() version: number,
    @CurrentPrincipal() by: Principal,
    @Res({ passthrough: true }) response: Response,
  ) {
    return answer(response, await resumeIntegration(this.workplace, { id, version, by: by.name }));
  }

  @Allow('viewer')
  @Get(':id/versions')
  @ApiOperation({ summary: 'All versions of an integration, newest first, also of a deleted one' })
  @ApiOkResponse({ type: IntegrationVersionsDto })
  async versions(@Id() id: string) {
    return { items: (await listVersions(this.workplace, id)).map(versionAnswerOf) };
  }
}

function answer(response: Response, written: Written): IntegrationAnswer {
  response.setHeader('ETag', etagOf(written));
  return answerOf(written);
}

function answerCreated(response: Response, written: Written): IntegrationAnswer {
  response.setHeader('Location', `/v1/integrations/${written.stored.id}`);
  return answer(response, written);
}
