import vectors from '../data/hostile-addresses.json';

/** A target that nobody may be made to call. */
export interface HostileAddress {
  /** What stands in a URL where the host stands; tests add a port. */
  host?: string;
  /** A whole URL, `{port}` standing for the port of a listener on all loopback addresses. */
  url?: string;
  why: string;
  /** `blocked` unless given; `invalid` where no URL parser takes it. */
  gives?: 'blocked' | 'invalid';
}

/** Targets by which others have been led astray, each of which must be refused without a packet. */
export const hostileAddresses: HostileAddress[] = vectors as HostileAddress[];
