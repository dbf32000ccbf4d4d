import { createAddressGuard } from './address-guard';

const hostile = [
  '127.0.0.1',
  '127.1.2.3',
  '0.0.0.0',
  '10.0.0.1',
  '100.100.100.200',
  '169.254.169.254',
  '172.16.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:93.184.216.34',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '',
  'localhost',
];

test.each(hostile)('%s is not allowed', (address) =>
  expect(createAddressGuard({ cidrs: [] }).allows(address)).toBe(false),
);

test.each(['93.184.216.34', '1.1.1.1', '2606:4700::1111', '2a00:1450:4001::200e'])('%s is allowed', (address) =>
  expect(createAddressGuard({ cidrs: [] }).allows(address)).toBe(true),
);

test('a network that was allowed is allowed, and nothing beside it', () => {
  const guard = createAddressGuard({ cidrs: ['127.0.0.0/8', 'fd00::/8'] });
  expect(guard.allows('127.0.0.1')).toBe(true);
  expect(guard.allows('fd12::1')).toBe(true);
  expect(guard.allows('10.0.0.1')).toBe(false);
  expect(guard.allows('::1')).toBe(false);
});

test('every entry that is no network is named at once', () => {
  expect(() => createAddressGuard({ cidrs: ['10.0.0.0/8', 'localhost', '10.0.0.1'] })).toThrow(
    'not a network in CIDR form such as 10.0.0.0/8 or fd00::/8: "localhost", "10.0.0.1"',
  );
});

test('one forbidden address among the answers of a name spoils them all', async () => {
  const guard = createAddressGuard({ cidrs: [] }, async () => [
    { address: '93.184.216.34', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ]);
  const error = await new Promise((resolve) => guard.lookup('mixed.example', { all: true }, resolve));
  expect(String(error)).toBe('AddressNotAllowed: address not allowed');
});

test('allowed answers are handed on as they came', async () => {
  const addresses = [{ address: '93.184.216.34', family: 4 }];
  const guard = createAddressGuard({ cidrs: [] }, async () => addresses);
  const answer = await new Promise((resolve) =>
    guard.lookup('good.example', { all: true }, (_, found) => resolve(found)),
  );
  expect(answer).toEqual(addresses);
});
