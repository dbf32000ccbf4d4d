import { ApiPropertyOptional } from '@nestjs/swagger';
import { type OperatorEventKind, operatorEventKinds } from '@patchbay/contracts';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { ListQuery } from '../list-query.dto';

/** Filters of the list of operator events; all given ones must hold. */
export class OperatorEventsQuery extends ListQuery {
  @ApiPropertyOptional({ description: 'id or name of an integration' })
  @IsOptional()
  @IsString()
  integration?: string;

  @ApiPropertyOptional({ enum: operatorEventKinds })
  @IsOptional()
  @IsIn(operatorEventKinds)
  kind?: OperatorEventKind;
}
