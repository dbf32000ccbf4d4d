import { HttpException } from '@nestjs/common';
import type { Fault } from '@patchbay/edi';

/** What a problem says beyond its status (RFC 9457); `code` names its kind for programs. */
export interface ProblemDetails {
  title: string;
  detail: string;
  code?: string;
  errors?: Fault[];
  /** Further members of the answer's body, e.g. `currentVersion`. */
  more?: Record<string, unknown>;
  /** Further headers of the answer, e.g. `Retry-After`. */
  headers?: Record<string, string>;
}

/** An answer other than success: thrown by controllers and use cases, rendered as application/problem+json. */
export class Problem extends HttpException {
  constructor(
    status: number,
    readonly details: ProblemDetails,
  ) {
    super(details.detail, status);
  }
}
