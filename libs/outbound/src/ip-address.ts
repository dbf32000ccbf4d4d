import { IPv4, IPv6, isValid, isValidCIDR, parse, parseCIDR } from 'ipaddr.js';

export type Network = [IPv4 | IPv6, number];

const globalUnicast = IPv6.parseCIDR('2000::/3');
/** Inside 2000::/3, yet tunnels, documentation and special purposes: they lead to IPv4 addresses or nowhere. */
const notPublic = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map((cidr) => IPv6.parseCIDR(cidr));

/** An IP address that has been read from text. An allow-list decides what is public: deny-lists leak. */
export class Address {
  private constructor(private readonly value: IPv4 | IPv6) {}

  static read(text: string): Address | undefined {
    return isValid(text) ? new Address(parse(text)) : undefined;
  }

  static readNetwork(cidr: string): Network | undefined {
    return isValidCIDR(cidr) ? parseCIDR(cidr) : undefined;
  }

  isPublic(): boolean {
    const { value } = this;
    if (value instanceof IPv4) return value.range() === 'unicast';
    return value.match(globalUnicast) && !notPublic.some((network) => value.match(network));
  }

  isWithin(network: Network): boolean {
    return this.value.kind() === network[0].kind() && this.value.match(network);
  }
}
