import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Address } from './ip-address';

/** Every address of a host name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** Where a call may connect to: public addresses, and the networks an operator allowed on top. */
export interface AddressGuard {
  /** Whether an address in text form may be connected to; any may for a host that was allowed by name. */
  allows(address: string, hostname?: string): boolean;
  /** Whether a host of a URL, without brackets, may be tried: names may, their addresses are checked by `lookup`. */
  allowsHost(hostname: string): boolean;
  /** For tls.connect: fails with AddressNotAllowed if any address of the name is not allowed. */
  lookup: LookupFunction;
}

/** The target is not for us to call. Says no more: a resolved address would be a map of the network. */
export class AddressNotAllowed extends Error {
  readonly code = 'ADDRESS_NOT_ALLOWED';
  constructor() {
    super('address not allowed');
    this.name = 'AddressNotAllowed';
  }
}

/** What is allowed besides public addresses. */
export interface Allowed {
  /** Networks in CIDR form. */
  cidrs: string[];
  /** Host names, whatever their addresses; case and a trailing dot do not matter. */
  hosts?: string[];
}

/** A guard that allows this on top; throws one error naming every entry of `cidrs` that is no network. */
export function createAddressGuard({ cidrs, hosts = [] }: Allowed, resolve: Resolve = resolveBySystem): AddressGuard {
  const networks = readNetworks(cidrs);
  const names = new Set(hosts.map(normalise));
  const isTrusted = (hostname: string) => names.size > 0 && names.has(normalise(hostname));
  const allows = (text: string, hostname?: string) => {
    if (hostname !== undefined && isTrusted(hostname)) return true;
    const address = Address.read(text);
    return address !== undefined && (address.isPublic() || networks.some((network) => address.isWithin(network)));
  };
  return {
    allows,
    allowsHost: (hostname) => isIP(hostname) === 0 || allows(hostname, hostname),
    lookup: (hostname, options, callback) => {
      resolve(hostname).then(
        (addresses) => {
          const [first] = addresses;
          // One forbidden address among many is an attack or a leak of an inside name, so it spoils them all.
          if (!first || !addresses.every(({ address }) => allows(address, hostname)))
            callback(new AddressNotAllowed(), '');
          else if (options.all) callback(null, addresses);
          else callback(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, ''),
      );
    },
  };
}

/** Names are compared as DNS does: without regard to case, and `name.` is `name`. */
function normalise(hostname: string): string {
  return hostname.toLowerCase().replace(/\.$/, '');
}

/** What is wrong with entries in CIDR form, in one sentence; nothing when they are fine. */
export function networkFault(cidrs: string[]): string | undefined {
  const faults = cidrs.filter((cidr) => Address.readNetwork(cidr) === undefined);
  if (faults.length === 0) return undefined;
  const named = faults.map((text) => `"${text}"`).join(', ');
  return `not a network in CIDR form such as 10.0.0.0/8 or fd00::/8: ${named}`;
}

function readNetworks(cidrs: string[]) {
  const fault = networkFault(cidrs);
  if (fault !== undefined) throw new Error(fault);
  return cidrs.map((cidr) => Address.readNetwork(cidr)).filter((network) => network !== undefined);
}

function resolveBySystem(hostname: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) =>
    lookup(hostname, { all: true, verbatim: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  );
}
