import { validateIntegration } from '../validate';
import { requestProperties } from './index';

const integration = (request: object) =>
  validateIntegration({
    name: 'n',
    endpointUrl: 'https://example.com/',
    authentications: [
      { id: 'basic:a', secret: 's' },
      { id: 'api-key', secret: 's' },
    ],
    configuration: { request: { method: 'POST', ...request } },
  });

describe.each(Object.entries(requestProperties))('request property %s', (name, { examples }) => {
  it.each(examples)('$value: $fault $warning', ({ value, fault, warning }) => {
    const { faults, warnings } = integration({ [name]: value });
    expect(faults.map(({ code }) => code)).toEqual(fault === undefined ? [] : [fault]);
    expect(warnings.map(({ code }) => code)).toEqual(warning === undefined ? [] : [warning]);
    for (const { path } of faults) expect(path).toMatch(new RegExp(`^configuration\\.request\\.${name}`));
  });
});
