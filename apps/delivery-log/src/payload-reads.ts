import { hasRole, type Logger, type Principal } from '@patchbay/service-kit';

/** What may hold personal data and is sealed. */
export type PayloadKind = 'delivery' | 'event' | 'dead letter' | 'rejected message' | 'live feed';

/** Lets operators see payloads, and writes down who asked for which. */
export class PayloadReads {
  constructor(private readonly logger: Pick<Logger, 'info'>) {}

  /** Whether this principal is shown it. */
  allow(principal: Principal, payloadOf: PayloadKind, id?: string): boolean {
    if (!hasRole(principal, 'operator')) return false;
    this.logger.info({ principal: principal.name, payloadOf, id }, 'a payload is read');
    return true;
  }
}
