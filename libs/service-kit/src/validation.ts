import { type ValidationError, ValidationPipe } from '@nestjs/common';
import { pathOf, type Fault } from '@patchbay/edi';
import { invalidRequest } from './problem-filter';

/** Checks bodies and queries against their DTO classes; unknown properties are faults; all faults are told by path. */
export function createValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    exceptionFactory: (errors) => invalidRequest(errors.flatMap((error) => faultsOf(error, ''))),
  });
}

function faultsOf({ property, constraints, children }: ValidationError, above: string): Fault[] {
  const path = pathOf(above, /^\d+$/.test(property) ? Number(property) : property);
  const own = Object.entries(constraints ?? {}).map(([code, message]) => ({ path, code, message }));
  return [...own, ...(children ?? []).flatMap((child) => faultsOf(child, path))];
}
