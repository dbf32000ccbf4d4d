import { versionFault } from './broker-version';

it.each(['3.10.0', '3.10.8', '3.13.7', '4.0.5', '4.3.0-rc.1', '10.0'])('%s will do', (version) => {
  expect(versionFault(version)).toBeUndefined();
});

it.each(['3.9.29', '3.8', '2.12.0', 'unknown'])('%s is too old', (version) => {
  expect(versionFault(version)).toBe(`RabbitMQ ${version} is too old; Patchbay needs 3.10 or newer`);
});
