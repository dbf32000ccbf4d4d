import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, NestFactory } from '@nestjs/core';
import type { NestMicroservice } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import helmet from 'helmet';
import type { IncomingMessage } from 'node:http';
import { collectDefaultMetrics, register } from 'prom-client';
import type { AmqpStrategy } from './amqp-strategy';
import { type Check, Health } from './health';
import { HealthController } from './health.controller';
import { refuseDeepJson } from './json-depth';
import { type Logger, NestLogger } from './logger';
import { ProblemFilter } from './problem-filter';
import { giveRequestId } from './request-id';
import { RethrowFilter } from './rethrow-filter';
import { watchProcess } from './watch-process';
import { TokenGuard } from './token-guard';
import { readTokens } from './tokens';
import { createValidationPipe } from './validation';

/** Everything a service is made of. */
export interface ServiceOptions {
  /** e.g. `event-ingest`; in the log and the OpenAPI title. */
  name: string;
  /** One sentence for the OpenAPI page. */
  description?: string;
  /** The service's own controllers and providers. */
  module: Type | DynamicModule;
  settings: { host: string; port: number };
  logger: Logger;
  tokensFile: string;
  microservice?: AmqpStrategy;
  /** For readiness, by name. */
  checks: Record<string, Check>;
  /** Further members of the readiness answer, e.g. `configRevision`. */
  info?: () => Record<string, unknown>;
  /** Paths whose body reaches the handler as a Buffer, whatever its type; all others take JSON. */
  rawBodyPaths?: string[];
  /** Closes what the service opened, after requests and consumers have ended. */
  onClose?: () => Promise<void>;
  /** Whether SIGTERM, SIGINT and unhandled rejections end the process; true unless given, false in tests. */
  signals?: boolean;
}

/** A service that takes requests and consumes. */
export interface RunningService {
  /** e.g. `http://127.0.0.1:3000`, with the port that was really bound. */
  url: string;
  /** Stops taking work, ends what is running, closes what was opened. Safe to call twice. */
  close(): Promise<void>;
}

const bodyLimitBytes = 256 * 1024;
const closeConnectionsAfterMs = 5_000;

@Module({})
class ServiceModule {}

/** Starts a service: HTTP with tokens, problems, validation, OpenAPI, health and metrics, and its AMQP consumers. */
export async function bootService(options: ServiceOptions): Promise<RunningService> {
  const health = new Health(options.checks, options.info ?? (() => ({})));
  const app = await NestFactory.create<NestExpressApplication>(rootModule(options, health), {
    logger: new NestLogger(options.logger),
    bodyParser: false,
    abortOnError: false,
  });
  prepareHttp(app, options);
  const url = await start(app, options);
  const close = once(() => stop(app, health, options));
  if (options.signals !== false) watchProcess(close, options.logger);
  options.logger.info({ url }, `${options.name} is ready at ${url}`);
  return { url, close };
}

function rootModule({ module, logger, tokensFile }: ServiceOptions, health: Health): DynamicModule {
  return {
    module: ServiceModule,
    imports: [module],
    controllers: [HealthController],
    providers: [
      { provide: Health, useValue: health },
      { provide: APP_FILTER, useValue: new ProblemFilter(logger) },
      { provide: APP_GUARD, useValue: new TokenGuard(readTokens(tokensFile)) },
      { provide: APP_PIPE, useValue: createValidationPipe() },
    ],
  };
}

function prepareHttp(app: NestExpressApplication, { name, description, rawBodyPaths = [] }: ServiceOptions): void {
  app.use(giveRequestId);
  // The documentation page is plain HTTP inside the cluster; TLS and its headers belong to the ingress.
  app.use(
    helmet({
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
      strictTransportSecurity: false,
    }),
  );
  const isRaw = (request: IncomingMessage) => rawBodyPaths.includes((request.url ?? '').split('?')[0]!);
  app.useBodyParser('raw', { type: isRaw, limit: bodyLimitBytes });
  app.useBodyParser('json', { type: isJson, limit: bodyLimitBytes, verify: refuseDeepJson });
  if (!register.getSingleMetric('process_cpu_user_seconds_total')) collectDefaultMetrics();
  const title = new DocumentBuilder()
    .setTitle(`Patchbay ${name}`)
    .setDescription(description ?? '')
    .setVersion('1');
  const document = () =>
    SwaggerModule.createDocument(app, title.addBearerAuth().addSecurityRequirements('bearer').build());
  SwaggerModule.setup('docs', app, document);
}

function isJson(request: IncomingMessage): boolean {
  return /^application\/([\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? '');
}

async function start(app: NestExpressApplication, { microservice, settings }: ServiceOptions): Promise<string> {
  if (microservice) connect(app, microservice);
  try {
    await app.init();
    await app.startAllMicroservices();
    await app.listen(settings.port, settings.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const address = app.getHttpServer().address() as { port: number };
  const host = ['0.0.0.0', '::'].includes(settings.host) ? '127.0.0.1' : settings.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

function connect(app: NestExpressApplication, strategy: AmqpStrategy): void {
  const consumers = app.connectMicroservice({ strategy }, { deferInitialization: true }) as NestMicroservice;
  consumers.useGlobalFilters(new RethrowFilter());
  // A filter counts only before initialisation, hence deferred; the hooks are the application's to call, once.
  consumers.setIsInitHookCalled(true);
}

async function stop(app: NestExpressApplication, health: Health, options: ServiceOptions): Promise<void> {
  health.stop();
  const timer = setTimeout(() => app.getHttpServer().closeAllConnections(), closeConnectionsAfterMs);
  try {
    await Promise.all([options.microservice?.close(), app.close()]);
    await options.onClose?.();
  } finally {
    clearTimeout(timer);
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= action());
}
