import fc from 'fast-check';
import { createAddressGuard } from './address-guard';

const guard = createAddressGuard({ cidrs: [] });

/** As the URL parser hands it to us. */
function hostOf(text: string): string {
  return new URL(`https://${text}/`).hostname.replace(/^\[|\]$/g, '');
}

/** Value of a network's first address, and how many bits name it. */
type Block = [bigint, number];

const v4 = (text: string): Block => {
  const [address = '', bits = '32'] = text.split('/');
  return [address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n), Number(bits)];
};
const v6 = (text: string): Block => {
  const [address = '', bits = '128'] = text.split('/');
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return [groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n), Number(bits)];
};
const within = (value: bigint, [base, bits]: Block, width: number) =>
  value >> BigInt(width - bits) === base >> BigInt(width - bits);

/** IANA's registries of special-purpose addresses (RFC 6890 and later): not globally reachable; and multicast. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(v4);
/** Reachable, yet of no service that anybody runs: AS112 and automatic multicast tunnels. We may refuse them. */
const odd4 = ['192.31.196.0/24', '192.52.193.0/24', '192.175.48.0/24'].map(v4);
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map(v6);
const globalUnicast = v6('2000::/3');

const dotted = (value: bigint) => [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
const groupsOf = (value: bigint) =>
  [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 65535n).toString(16));

const near = (blocks: Block[], width: number) =>
  fc
    .tuple(fc.constantFrom(...blocks), fc.bigInt({ min: -3n, max: 3n }), fc.boolean())
    .map(([[base, bits], offset, end]) => {
      const last = end ? (1n << BigInt(width - bits)) - 1n : 0n;
      return BigInt.asUintN(width, base + last + offset);
    });
const any4 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }), near([...special4, ...odd4], 32));
const any6 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
  fc.bigInt({ min: 0n, max: 2n ** 125n - 1n }).map((rest) => (1n << 125n) | rest),
  near([...special6, globalUnicast, v6('64:ff9b::/96'), v6('::/96'), v6('::ffff:0:0/96')], 128),
);

/** The ways to write one number of an address. */
const part = (value: bigint) => [
  String(value),
  `0x${value.toString(16)}`,
  `0X${value.toString(16)}`,
  `0${value.toString(8)}`,
];
const bytesOf = (value: bigint) => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n);
const wide = (text: string) => text.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));

function formsOf4(value: bigint): string[] {
  const [a = 0n, b = 0n] = bytesOf(value);
  const forms = [
    ...part(value),
    ...part(a).map((first) => `${first}.${value & 0xffffffn}`),
    ...part(b).map((second) => `${a}.${second}.0x${(value & 0xffffn).toString(16)}`),
    ...[0, 1, 2, 3].map((way) =>
      bytesOf(value)
        .map((byte) => part(byte)[way])
        .join('.'),
    ),
  ];
  return [
    ...forms,
    ...forms.map((form) => `${form}.`),
    ...forms.map(wide),
    ...forms.map((form) => form.replace(/\./g, '。')),
  ];
}

function formsOf6(value: bigint): string[] {
  const groups = groupsOf(value);
  const long = groups.map((group) => group.padStart(4, '0')).join(':');
  const short = groups.join(':');
  const tail = `${groups.slice(0, 6).join(':')}:${dotted(value & 0xffffffffn)}`;
  const squeezed = short.replace(/(^|:)0(:0)+(:|$)/, '::');
  return [long, long.toUpperCase(), short, tail, squeezed].map((form) => `[${form}]`);
}

test('P2 every spelling of an IPv4 address is judged as the address', () => {
  fc.assert(
    fc.property(any4, (value) => {
      const canonical = guard.allows(dotted(value));
      for (const form of formsOf4(value)) expect([form, guard.allows(hostOf(form))]).toEqual([form, canonical]);
    }),
    { numRuns: 300 },
  );
});

test('P2 every spelling of an IPv6 address is judged as the address', () => {
  fc.assert(
    fc.property(any6, (value) => {
      const canonical = guard.allows(groupsOf(value).join(':'));
      for (const form of formsOf6(value)) {
        expect([form, guard.allows(hostOf(form))]).toEqual([form, canonical]);
        expect([form, guard.allows(form.slice(1, -1))]).toEqual([form, canonical]);
      }
    }),
    { numRuns: 500 },
  );
});

test('P2 an IPv4 address is allowed exactly when the registry of special purposes does not have it', () => {
  fc.assert(
    fc.property(any4, (value) => {
      if (odd4.some((block) => within(value, block, 32))) return;
      const special = special4.some((block) => within(value, block, 32));
      expect([dotted(value), guard.allows(dotted(value))]).toEqual([dotted(value), !special]);
    }),
    { numRuns: 2_000 },
  );
});

test('P2 an IPv6 address is allowed exactly when it is global unicast and of no special purpose', () => {
  fc.assert(
    fc.property(any6, (value) => {
      const text = groupsOf(value).join(':');
      const expected = within(value, globalUnicast, 128) && !special6.some((block) => within(value, block, 128));
      expect([text, guard.allows(text)]).toEqual([text, expected]);
    }),
    { numRuns: 2_000 },
  );
});

test('P2 no IPv4 address comes in through IPv6: mapped, compatible, translated, NAT64, 6to4', () => {
  const wrappings = [0n, 0xffffn << 32n, 0xffffn << 48n, 0x64ff9bn << 96n, (0x64ff9bn << 96n) | (1n << 80n)];
  fc.assert(
    fc.property(any4, (value) => {
      for (const wrapping of wrappings) {
        const text = groupsOf(wrapping | value).join(':');
        expect([text, guard.allows(text)]).toEqual([text, false]);
      }
      const sixToFour = groupsOf((0x2002n << 112n) | (value << 80n)).join(':');
      expect([sixToFour, guard.allows(sixToFour)]).toEqual([sixToFour, false]);
    }),
    { numRuns: 500 },
  );
});
