import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Response } from 'express';
import { STATUS_CODES } from 'node:http';
import type { Logger } from './logger';
import { Problem, type ProblemDetails } from './problem';
import { requestIdOf } from './request-id';

/** Renders every failure as RFC 9457 problem+json; what is not meant for the caller is logged under the request's id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const id = requestIdOf(response);
    const problem = asProblem(error);
    if (problem.getStatus() >= 500) this.logger.error({ err: error, requestId: id }, 'a request failed');
    if (response.headersSent) response.destroy();
    else render(response, problem, id);
  }
}

function render(response: Response, problem: Problem, id: string): void {
  const { title, detail, code, errors, more, headers = {} } = problem.details;
  const status = problem.getStatus();
  const type = code ? `urn:patchbay:problem:${code}` : 'about:blank';
  response
    .status(status)
    .set(headers)
    .type('application/problem+json')
    .send(JSON.stringify({ type, title, status, detail, instance: `urn:uuid:${id}`, errors, ...more }));
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isTooLarge(error)) {
    return new Problem(413, { title: 'Body too large', detail: `The body may have at most ${error.limit} bytes.` });
  }
  const status = error instanceof HttpException ? error.getStatus() : bodyStatus(error);
  return new Problem(status, { title: STATUS_CODES[status] ?? 'Error', detail: detailOf(status, error) });
}

function detailOf(status: number, error: unknown): string {
  if (status >= 500) return 'Something went wrong here; the log has it under the id of this answer.';
  return error instanceof Error ? error.message : 'The request cannot be served.';
}

function isTooLarge(error: unknown): error is { limit: number } {
  return typeof error === 'object' && error !== null && 'type' in error && error.type === 'entity.too.large';
}

/** Errors of the body parser carry their status; all others are ours. */
function bodyStatus(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

/** The details of a request that fails the shape its route expects: all faults by path. */
export function invalidRequest(errors: NonNullable<ProblemDetails['errors']>): Problem {
  return new Problem(400, {
    title: 'Invalid request',
    detail: `The request has ${errors.length === 1 ? 'a fault' : `${errors.length} faults`}; see errors.`,
    code: 'invalid-request',
    errors,
  });
}
