import type { JsonObject } from '@patchbay/edi';

/** A record of the pretend customer database; always the same for the same address. */
export interface Customer {
  id: string;
  firstname: string;
  lastname: string;
  tier: 'gold' | 'silver' | 'bronze';
  language: string;
  /** The agent who knows the customer. */
  owner: string;
}

const firstnames = ['Aino', 'Eero', 'Elina', 'Juhani', 'Kaisa', 'Leena', 'Mikko', 'Otto', 'Sanna', 'Väinö'];
const lastnames = ['Aalto', 'Heikkinen', 'Korhonen', 'Laine', 'Mäkinen', 'Nieminen', 'Rantanen', 'Saari', 'Virtanen'];
const tiers = ['gold', 'silver', 'silver', 'bronze', 'bronze', 'bronze'] as const;

/**
 * Finds a customer by phone number or other address. Every address has a customer, except an empty one and those
 * ending in 0: these callers are unknown, so tests can tell in advance.
 */
export function findCustomer(address: string): Customer | undefined {
  if (address === '' || address.endsWith('0')) return undefined;
  const number = [...address].reduce((sum, sign) => (sum * 31 + sign.codePointAt(0)!) % 1_000_003, 7);
  const pick = <T>(list: readonly T[], step: number) => list[Math.floor(number / step) % list.length]!;
  return {
    id: `C-${String(number).padStart(7, '0')}`,
    firstname: pick(firstnames, 1),
    lastname: pick(lastnames, 10),
    tier: pick(tiers, 100),
    language: pick(['FI', 'SV', 'EN'], 7),
    owner: `agent-${String(1 + (number % 20)).padStart(2, '0')}`,
  };
}

/** The customer as the customer database's web service shows it. */
export function showCustomer({ id, ...properties }: Customer): JsonObject {
  return { id, properties: { ...properties } };
}
