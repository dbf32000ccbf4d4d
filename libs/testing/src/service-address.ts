/** The address of a service that tests need, from the environment that `npm test` sets up. */
export function serviceAddress(name: 'TEST_AMQP_URL' | 'TEST_AMQP_MANAGEMENT_URL' | 'TEST_DATABASE_URL'): string {
  const address = process.env[name];
  if (!address) throw new Error(`${name} is not set. Run the tests through "npm test", which starts what they need.`);
  return address;
}
