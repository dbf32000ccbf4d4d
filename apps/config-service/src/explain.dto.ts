import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { WarningDto } from './integration.dto';

// For the OpenAPI page.

@ApiSchema({ name: 'Findings' })
export class FindingsDto {
  @ApiProperty({ type: [WarningDto], description: 'what stops it from being saved' })
  faults!: WarningDto[];

  @ApiProperty({ type: [WarningDto], description: 'what is allowed but doubtful' })
  warnings!: WarningDto[];
}

@ApiSchema({ name: 'ConditionOutcome' })
export class ConditionOutcomeDto {
  @ApiPropertyOptional()
  source?: string;

  @ApiPropertyOptional()
  holds?: boolean;

  @ApiPropertyOptional({ description: 'why it gave neither true nor false; counts as false' })
  error?: string;
}

@ApiSchema({ name: 'RuleExplanation' })
export class RuleExplanationDto {
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 4 })
  rule!: number;

  @ApiProperty({ example: 'the event is one of its events' })
  asks!: string;

  @ApiProperty()
  holds!: boolean;

  @ApiProperty({ description: 'what the integration says', type: 'object', additionalProperties: true })
  configured!: unknown;

  @ApiProperty({ description: 'what the event says', type: 'object', additionalProperties: true, nullable: true })
  found!: unknown;
}

const place = {
  oneOf: [
    { type: 'integer', enum: [1, 2, 3] },
    { type: 'string', enum: ['skipped', 'left out'] },
  ],
};

@ApiSchema({ name: 'ChainLink' })
export class ChainLinkDto {
  @ApiProperty({ format: 'uuid', description: 'all zeros for one that is not stored' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ type: 'integer' })
  ordinal!: number;

  @ApiProperty({ enum: ['member', 'listener'] })
  role!: string;

  @ApiProperty({ ...place, description: 'skipped by its condition; left out after three have started' })
  startsAs!: unknown;

  @ApiPropertyOptional({ type: ConditionOutcomeDto, description: 'by the event as it was sent' })
  condition?: ConditionOutcomeDto;

  @ApiProperty({ description: 'its condition looks at what earlier ones may save, and is taken to hold' })
  needsSavedData!: boolean;

  @ApiProperty({ description: 'whether startsAs is sure: no condition so far needs saved data' })
  certain!: boolean;
}

@ApiSchema({ name: 'Explanation' })
export class ExplanationDto {
  @ApiPropertyOptional({ description: 'all rules hold and so does the condition, by the event as it was sent' })
  fires?: boolean;

  @ApiPropertyOptional({ type: [RuleExplanationDto] })
  rules?: RuleExplanationDto[];

  @ApiPropertyOptional({ type: ConditionOutcomeDto })
  condition?: ConditionOutcomeDto;

  @ApiPropertyOptional({ ...place, nullable: true, description: 'its own place in the chain; null without a match' })
  startsAs?: unknown;

  @ApiProperty({ type: [ChainLinkDto], description: 'every integration that matches, in the order of their starts' })
  chain!: ChainLinkDto[];
}

@ApiSchema({ name: 'RequestPreview', description: 'a request, or the fault for which none can be made' })
export class PreviewDto {
  @ApiPropertyOptional()
  method?: string;

  @ApiPropertyOptional()
  url?: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  headers?: Record<string, string>;

  @ApiPropertyOptional()
  body?: string;

  @ApiPropertyOptional({ type: WarningDto })
  fault?: WarningDto;
}

@ApiSchema({ name: 'NotDone' })
export class NotDoneDto {
  @ApiProperty()
  name!: string;

  @ApiProperty()
  reason!: string;
}

@ApiSchema({ name: 'AppliedAnswer' })
export class AppliedAnswerDto {
  @ApiProperty({ enum: ['succeeded', 'not_found', 'retry', 'final'] })
  verdict!: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  set!: object;

  @ApiProperty({ type: 'object', additionalProperties: true })
  save!: object;

  @ApiProperty({ type: [NotDoneDto] })
  notDone!: NotDoneDto[];
}
