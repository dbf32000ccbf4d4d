import { createLogger } from './logger';
import { retryForever } from './retry-forever';

it('what is not there is tried again until it is, and said once', async () => {
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  let attempts = 0;
  const result = await retryForever(
    'PostgreSQL',
    async () => {
      if (++attempts < 3) throw new AggregateError([new Error('connect ECONNREFUSED')]);
      return attempts;
    },
    logger,
  );
  expect(result).toBe(3);
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
    'PostgreSQL is not there yet, trying again until it is: connect ECONNREFUSED',
    'PostgreSQL is there now',
  ]);
});
