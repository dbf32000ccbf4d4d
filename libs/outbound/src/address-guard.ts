import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Address } from './ip-address';

/** Every address of a host name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** Where a call may connect to: public addresses, and the networks an operator allowed on top. */
export interface AddressGuard {
  /** Whether an address in text form may be connected to. */
  allows(address: string): boolean;
  /** Whether a host of a URL may be tried: names may, their addresses are checked by `lookup`. */
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

/** A guard with these further networks, in CIDR form; throws one error naming every entry that is none. */
export function createAddressGuard(allowCidrs: string[], resolve: Resolve = resolveBySystem): AddressGuard {
  const networks = readNetworks(allowCidrs);
  const allows = (text: string) => {
    const address = Address.read(text);
    return address !== undefined && (address.isPublic() || networks.some((network) => address.isWithin(network)));
  };
  return {
    allows,
    allowsHost: (hostname) => isIP(hostname) === 0 || allows(hostname),
    lookup: (hostname, options, callback) => {
      resolve(hostname).then(
        (addresses) => {
          const [first] = addresses;
          // One forbidden address among many is an attack or a leak of an inside name, so it spoils them all.
          if (!first || !addresses.every(({ address }) => allows(address))) callback(new AddressNotAllowed(), '');
          else if (options.all) callback(null, addresses);
          else callback(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, ''),
      );
    },
  };
}

function readNetworks(cidrs: string[]) {
  const networks = cidrs.map((cidr) => Address.readNetwork(cidr));
  const faults = cidrs.filter((_, index) => networks[index] === undefined);
  if (faults.length > 0)
    throw new Error(
      `not a network in CIDR form such as 10.0.0.0/8 or fd00::/8: ${faults.map((text) => `"${text}"`).join(', ')}`,
    );
  return networks.filter((network) => network !== undefined);
}

function resolveBySystem(hostname: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) =>
    lookup(hostname, { all: true, verbatim: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  );
}
