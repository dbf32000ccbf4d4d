// What every service stands on: settings, log, boot, roles, problems, health, the AMQP strategy, the database.
export * from './amqp-strategy';
export * from './boot';
export * from './database';
export { CannotStart } from './cannot-start';
export { createLogger, type LogLevel, logLevels, type Logger, NestLogger } from './logger';
export { hasRole, type Principal, type Role, roles } from './principal';
export { Problem, type ProblemDetails } from './problem';
export { retryForever } from './retry-forever';
export * from './settings';
export { Allow, CurrentPrincipal, Public } from './token-guard';
export { hashToken, readTokens, type TokenBook } from './tokens';
export { runMain } from './watch-process';
