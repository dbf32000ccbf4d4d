import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { versionMissing, versionUnreadable } from './problems';

/** The version that a change is based on, from `If-Match: "<version>"`; without it a change is refused. */
export const ExpectedVersion = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readIfMatch(context.switchToHttp().getRequest<Request>().headers['if-match']),
);

function readIfMatch(header: string | undefined): number {
  if (header === undefined) throw versionMissing();
  const version = /^"(\d{1,9})"$/.exec(header.trim())?.[1];
  if (version === undefined) throw versionUnreadable(header);
  return Number(version);
}
