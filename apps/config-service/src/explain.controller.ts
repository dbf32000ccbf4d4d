import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Allow } from '@patchbay/service-kit';
import { Workplace } from './change-integration';
import { applyGivenAnswer, explainIntegration, previewRequest } from './explain-integration';
import { AppliedAnswerDto, ExplanationDto, FindingsDto, PreviewDto } from './explain.dto';
import { IntegrationBodyDto } from './integration.dto';
import { questionSchemas } from './question.schema';
import { validateWritten } from './validate-integration';

const Id = () => Param('id', ParseUUIDPipe);
/** A copy: the OpenAPI page changes what it is given. */
const BodyOf = (shape: keyof typeof questionSchemas) => ApiBody({ schema: structuredClone(questionSchemas[shape]) });
const faulty = { description: 'The event, the integration or the answer is not valid; `errors` names every fault.' };
const unusable = { description: 'The stored integration cannot be used as it is; `errors` says why.' };
const absent = { description: 'There is no integration with this id.' };

/** Questions about integrations that change nothing and call nobody. */
@ApiTags('explain')
@ApiBadRequestResponse(faulty)
@Controller('v1')
export class ExplainController {
  constructor(private readonly workplace: Workplace) {}

  @Allow('viewer')
  @Post('integrations/validate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Say everything that is wrong with an integration, or doubtful, without saving it',
    description: 'With the `id` of a stored integration its secrets count as there.',
  })
  @ApiBody({ type: IntegrationBodyDto })
  @ApiOkResponse({ type: FindingsDto })
  validate(@Body() body: unknown) {
    return validateWritten(this.workplace, body);
  }

  @Allow('viewer')
  @Post('integrations/:id/explain')
  @HttpCode(200)
  @ApiOperation({ summary: 'Why a stored integration, or a change of it, fires for an event or does not' })
  @BodyOf('event')
  @ApiOkResponse({ type: ExplanationDto })
  @ApiNotFoundResponse(absent)
  @ApiConflictResponse(unusable)
  explainStored(@Id() id: string, @Body() body: unknown) {
    return explainIntegration(this.workplace, { id, body });
  }

  @Allow('viewer')
  @Post('explain')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Which integrations fire for an event; with one in the body, also why that one does or does not',
  })
  @BodyOf('event')
  @ApiOkResponse({ type: ExplanationDto })
  explain(@Body() body: unknown) {
    return explainIntegration(this.workplace, { body });
  }

  @Allow('viewer')
  @Post('integrations/:id/preview')
  @HttpCode(200)
  @ApiOperation({ summary: 'The request that a stored integration, or a change of it, would send; secrets masked' })
  @BodyOf('event')
  @ApiOkResponse({ type: PreviewDto })
  @ApiNotFoundResponse(absent)
  @ApiConflictResponse(unusable)
  previewStored(@Id() id: string, @Body() body: unknown) {
    return previewRequest(this.workplace, { id, body });
  }

  @Allow('viewer')
  @Post('preview')
  @HttpCode(200)
  @ApiOperation({ summary: 'The request that an integration would send, before it is saved; secrets masked' })
  @BodyOf('eventAndIntegration')
  @ApiOkResponse({ type: PreviewDto })
  preview(@Body() body: unknown) {
    return previewRequest(this.workplace, { body });
  }

  @Allow('viewer')
  @Post('integrations/:id/apply-answer')
  @HttpCode(200)
  @ApiOperation({ summary: 'What a stored integration, or a change of it, would set and save by an answer' })
  @BodyOf('answer')
  @ApiOkResponse({ type: AppliedAnswerDto })
  @ApiNotFoundResponse(absent)
  @ApiConflictResponse(unusable)
  applyAnswerToStored(@Id() id: string, @Body() body: unknown) {
    return applyGivenAnswer(this.workplace, { id, body });
  }

  @Allow('viewer')
  @Post('apply-answer')
  @HttpCode(200)
  @ApiOperation({ summary: 'What an integration would set and save by an answer, before it is saved' })
  @BodyOf('answerAndIntegration')
  @ApiOkResponse({ type: AppliedAnswerDto })
  applyAnswer(@Body() body: unknown) {
    return applyGivenAnswer(this.workplace, { body });
  }
}
