import { createLogger } from './logger';

it.each([
  [{ authorization: 'hunter2' }],
  [{ headers: { authorization: 'hunter2' } }],
  [{ body: { entry: { secret: 'hunter2', password: 'hunter2', token: 'hunter2' } } }],
])('the log masks what is named like a secret: %j', (fields) => {
  const lines: string[] = [];
  createLogger('test', 'info', { write: (line) => void lines.push(line) }).info(fields, 'said');
  expect(lines.join()).not.toContain('hunter2');
  expect(JSON.parse(lines.join())).toMatchObject({ level: 'info', service: 'test', msg: 'said' });
});
