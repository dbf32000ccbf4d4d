import type { NextFunction, Request, Response } from 'express';
import { randomUUID } from 'node:crypto';

/** Gives every answer an id of its own in `X-Request-Id`; problems and the log name it. */
export function giveRequestId(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('X-Request-Id', randomUUID());
  next();
}

/** The id given to the request that this response answers. */
export function requestIdOf(response: Response): string {
  return String(response.getHeader('X-Request-Id'));
}
