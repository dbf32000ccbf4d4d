import type { Fault, Suspension } from '@patchbay/edi';
import { Problem } from '@patchbay/service-kit';

// Everything this service refuses, in one place.

export function noSuchIntegration(id: string): Problem {
  return new Problem(404, {
    title: 'No such integration',
    detail: `There is no integration with the id ${id}.`,
    code: 'not-found',
  });
}

export function nameTaken(name: string): Problem {
  return new Problem(409, {
    title: 'Name taken',
    detail: `There is already an integration with the name "${name}". Choose another name.`,
    code: 'name-taken',
    errors: [nameTakenFault(name)],
  });
}

export function nameTakenFault(name: string): Fault {
  return { path: 'name', code: 'name-taken', message: `another integration has the name "${name}"; names are unique` };
}

export function staleVersion(id: string, currentVersion: number): Problem {
  return new Problem(412, {
    title: 'Changed by somebody else',
    detail: `Integration ${id} has version ${currentVersion} by now. Read it again and repeat the change on top of it.`,
    code: 'stale-version',
    more: { currentVersion },
    headers: { ETag: `"${currentVersion}"` },
  });
}

export function versionMissing(): Problem {
  return new Problem(428, {
    title: 'Version missing',
    detail: 'Send the header If-Match with the ETag of the version that you read, e.g. If-Match: "3".',
    code: 'version-missing',
  });
}

export function versionUnreadable(given: string): Problem {
  return new Problem(400, {
    title: 'Version unreadable',
    detail: `If-Match must be one ETag of an integration, e.g. "3", not ${given}.`,
    code: 'version-unreadable',
  });
}

export function suspendedAlready(id: string, suspended: Suspension): Problem {
  return new Problem(409, {
    title: 'Suspended already',
    detail: `Integration ${id} is suspended since ${suspended.since}: ${suspended.reason}`,
    code: 'suspended-already',
    more: { suspended },
  });
}

export function notSuspended(id: string): Problem {
  return new Problem(409, {
    title: 'Not suspended',
    detail: `Integration ${id} is not suspended; there is nothing to resume.`,
    code: 'not-suspended',
  });
}

export function invalidQuestion(errors: Fault[]): Problem {
  return new Problem(400, {
    title: 'Invalid question',
    detail: `The body has ${errors.length === 1 ? 'a fault' : `${errors.length} faults`}; see errors.`,
    code: 'invalid-question',
    errors,
  });
}

export function unusableIntegration(id: string, errors: Fault[]): Problem {
  return new Problem(409, {
    title: 'Integration unusable',
    detail: `Integration ${id} cannot be used as it is stored and does not fire; correct it as errors say.`,
    code: 'integration-unusable',
    errors,
  });
}

export function invalidIntegration(errors: Fault[]): Problem {
  return new Problem(400, {
    title: 'Invalid integration',
    detail: `The integration has ${errors.length === 1 ? 'a fault' : `${errors.length} faults`}; see errors.`,
    code: 'invalid-integration',
    errors,
  });
}
