import { CannotStart, sentenceOf } from './cannot-start';
import type { Logger } from './logger';

/**
 * Ends the process in good order on SIGTERM or SIGINT (exit 0), at once on a second signal (exit 1), and on an
 * unhandled rejection, which is a bug (exit 1).
 */
export function watchProcess(close: () => Promise<void>, logger: Logger): void {
  let signalled = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (signalled) process.exit(1);
    signalled = true;
    logger.info({ signal }, 'stopping');
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'a promise failed that nobody waited for; this is a bug');
    process.exit(1);
  });
}

/** Runs a service's `main`: what the administrator can put right is told as one plain message, without a stack. */
export function runMain(main: () => Promise<unknown>, logger: Pick<Logger, 'fatal'>): void {
  main().catch((error: unknown) => {
    if (isForAdministrator(error)) logger.fatal({}, error.message);
    else logger.fatal({ err: error }, `cannot start: ${sentenceOf(error)}`);
    process.exitCode = 1;
    // What was opened before the failure must not keep the process; unref lets it end sooner by itself.
    setTimeout(() => process.exit(1), 500).unref();
  });
}

/** Faults of settings and files, by their name since they come from several libraries, and refusals of the system. */
function isForAdministrator(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error instanceof CannotStart || error.name.endsWith('Fault') || 'syscall' in error;
}
