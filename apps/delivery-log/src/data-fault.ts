import { QueryFailedError } from 'typeorm';

/** SQLSTATE classes that blame the data: 22 data exception, 23 constraint violation, 54 limit exceeded. */
const blamesData = /^(22|23|54)/;

/** What is wrong with the data that PostgreSQL refused; undefined when the data is not to blame. */
export function dataFaultOf(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const code: unknown = 'code' in error.driverError ? error.driverError.code : undefined;
  return typeof code === 'string' && blamesData.test(code) ? `${error.driverError.message} (${code})` : undefined;
}
