import { Body, Controller, Get, Module, Post, type RawBodyRequest, Req } from '@nestjs/common';
import axios, { type AxiosInstance } from 'axios';
import { Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import type { Request } from 'express';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Allow,
  bootService,
  createLogger,
  CurrentPrincipal,
  hashToken,
  type Principal,
  Problem,
  Public,
  type Role,
  type RunningService,
  type ServiceOptions,
} from './index';

class Wheel {
  @IsInt()
  size!: number;
}

class Bicycle {
  @IsString()
  name!: string;

  @ValidateNested({ each: true })
  @Type(() => Wheel)
  wheels!: Wheel[];
}

@Controller('v1')
class TestController {
  @Get('forgotten')
  forgotten(): string {
    return 'never seen';
  }

  @Public()
  @Get('open')
  open(): string {
    return 'open';
  }

  @Allow('operator')
  @Get('operate')
  operate(@CurrentPrincipal() principal: Principal): Principal {
    return principal;
  }

  @Allow('publisher')
  @Get('publish')
  publish(): string {
    return 'published';
  }

  @Public()
  @Post('bicycles')
  build(@Body() bicycle: Bicycle): Bicycle {
    return bicycle;
  }

  @Public()
  @Post('bytes')
  bytes(@Req() request: RawBodyRequest<Request>): { bytes: number } {
    const body: unknown = request.body;
    return { bytes: Buffer.isBuffer(body) ? body.length : -1 };
  }

  @Public()
  @Get('conflict')
  conflict(): never {
    throw new Problem(409, { title: 'Name taken', detail: 'Another one has it.', code: 'name-taken' });
  }

  @Public()
  @Get('broken')
  broken(): never {
    throw new Error('connect to 10.0.0.7 as root with hunter2 failed');
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

const grants: Record<string, Role[]> = {
  viewer: ['viewer'],
  operator: ['operator'],
  admin: ['admin'],
  publisher: ['publisher'],
  dispatcher: ['dispatcher'],
};

describe('a booted service', () => {
  const opened: RunningService[] = [];
  const folders: string[] = [];

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((service) => service.close()));
    folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true }));
  });

  async function setup(options: Partial<ServiceOptions> = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'service-kit-'));
    folders.push(folder);
    const tokensFile = join(folder, 'tokens.json');
    const tokens = Object.entries(grants).map(([name, roles]) => ({ name, sha256: hashToken(`pbt_${name}`), roles }));
    writeFileSync(tokensFile, JSON.stringify({ tokens }));
    const log: string[] = [];
    const service = await bootService({
      name: 'test-service',
      module: TestModule,
      settings: { host: '127.0.0.1', port: 0 },
      logger: createLogger('test-service', 'info', { write: (line) => void log.push(line) }),
      tokensFile,
      checks: {},
      signals: false,
      rawBodyPaths: ['/v1/bytes'],
      ...options,
    });
    opened.push(service);
    const as = (name?: string): AxiosInstance =>
      axios.create({
        baseURL: service.url,
        validateStatus: () => true,
        proxy: false,
        headers: name ? { Authorization: `Bearer pbt_${name}` } : {},
      });
    return { service, as, log };
  }

  it('refuses a route without a declared role to everybody, even to an admin', async () => {
    const { as } = await setup();
    for (const name of [undefined, 'admin']) expect((await as(name).get('/v1/forgotten')).status).toBe(403);
  });

  it('answers 401 with a challenge to a missing and to an unknown token', async () => {
    const { as } = await setup();
    for (const name of [undefined, 'stranger']) {
      const { status, headers } = await as(name).get('/v1/operate');
      expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining('Bearer')]);
    }
  });

  it('lets a role do what the roles below it may, and nothing above', async () => {
    const { as } = await setup();
    const statuses = await Promise.all(
      ['viewer', 'operator', 'admin', 'publisher', 'dispatcher'].map(
        async (name) => (await as(name).get('/v1/operate')).status,
      ),
    );
    expect(statuses).toEqual([403, 200, 200, 403, 403]);
  });

  it('lets an admin publish, but no editor or dispatcher', async () => {
    const { as } = await setup();
    const statuses = await Promise.all(
      ['admin', 'publisher', 'operator', 'dispatcher'].map(async (name) => (await as(name).get('/v1/publish')).status),
    );
    expect(statuses).toEqual([200, 200, 403, 403]);
  });

  it('tells the handler who is calling', async () => {
    const { as } = await setup();
    expect((await as('operator').get('/v1/operate')).data).toEqual({ name: 'operator', roles: ['operator'] });
  });

  it('names all faults of a body by path in one problem', async () => {
    const { as } = await setup();
    const { status, data, headers } = await as().post('/v1/bicycles', { wheels: [{ size: 'big' }], bell: 1 });
    expect([status, headers['content-type']]).toEqual([400, expect.stringContaining('application/problem+json')]);
    expect(data).toMatchObject({
      title: 'Invalid request',
      status: 400,
      instance: expect.stringMatching(/^urn:uuid:/),
    });
    expect(data.errors.map((fault: { path: string }) => fault.path).sort()).toEqual(['bell', 'name', 'wheels[0].size']);
  });

  it.each([
    ['JSON that does not parse', '{"name":', 400],
    ['a body nested too deeply', `{"name":${'['.repeat(65)}${']'.repeat(65)}}`, 400],
    ['a body over 256 KiB', JSON.stringify({ name: 'x'.repeat(256 * 1024) }), 413],
  ])('refuses %s with a problem', async (_, body, expected) => {
    const { as } = await setup();
    const { status, data } = await as().post('/v1/bicycles', Buffer.from(body), {
      headers: { 'Content-Type': 'application/json' },
    });
    expect([status, data.status, data.title]).toEqual([expected, expected, expect.any(String)]);
  });

  it('gives the bytes to a handler that asked for them, whatever their type', async () => {
    const { as } = await setup();
    const send = (type: string) =>
      as().post('/v1/bytes', Buffer.from('{"broken'), { headers: { 'Content-Type': type } });
    expect((await send('application/json')).data).toEqual({ bytes: 8 });
    expect((await send('application/cloudevents+json')).data).toEqual({ bytes: 8 });
  });

  it('renders a problem with its kind and an unknown path as a problem too', async () => {
    const { as } = await setup();
    expect((await as().get('/v1/conflict')).data).toMatchObject({
      type: 'urn:patchbay:problem:name-taken',
      title: 'Name taken',
      detail: 'Another one has it.',
    });
    expect((await as().get('/v1/nowhere')).data).toMatchObject({ status: 404, title: 'Not Found' });
  });

  it('keeps internals out of the answer and logs them under its id', async () => {
    const { as, log } = await setup();
    const { status, data } = await as().get('/v1/broken');
    expect(status).toBe(500);
    expect(JSON.stringify(data)).not.toContain('hunter2');
    const logged = log.find((line) => line.includes('hunter2'));
    expect(logged).toContain(data.instance.replace('urn:uuid:', ''));
  });

  it('is live at once and ready when every check is well', async () => {
    let fault: string | undefined = 'the broker does not answer';
    const { as } = await setup({ checks: { broker: () => fault }, info: () => ({ configRevision: 7 }) });
    expect((await as().get('/health/live')).status).toBe(200);
    const before = await as().get('/health/ready');
    expect([before.status, before.data.checks]).toEqual([503, { broker: 'the broker does not answer' }]);
    fault = undefined;
    const after = await as().get('/health/ready');
    expect([after.status, after.data]).toEqual([200, { status: 'ready', checks: { broker: 'ok' }, configRevision: 7 }]);
  });

  it('shows metrics to a viewer and its OpenAPI page to everybody', async () => {
    const { as } = await setup();
    expect((await as().get('/metrics')).status).toBe(401);
    expect((await as('viewer').get('/metrics')).data).toContain('process_cpu_user_seconds_total');
    expect((await as().get('/docs')).status).toBe(200);
    expect(Object.keys((await as().get('/docs-json')).data.paths)).toContain('/v1/bicycles');
  });

  it('closes what the service opened, once, after the last request', async () => {
    let closed = 0;
    const { service, as } = await setup({ onClose: async () => void closed++ });
    await Promise.all([service.close(), service.close()]);
    await expect(as().get('/v1/open')).rejects.toThrow('ECONNREFUSED');
    expect(closed).toBe(1);
  });

  it('does not start on a port that is taken', async () => {
    const { service } = await setup();
    const port = Number(new URL(service.url).port);
    await expect(setup({ settings: { host: '127.0.0.1', port } })).rejects.toThrow('EADDRINUSE');
  });

  it('does not start with a tokens file that has faults, and names them all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'service-kit-'));
    folders.push(folder);
    const tokensFile = join(folder, 'tokens.json');
    writeFileSync(tokensFile, JSON.stringify({ tokens: [{ name: 'a', sha256: 'short', roles: ['king'] }] }));
    await expect(setup({ tokensFile })).rejects.toThrow(/tokens\[0\]: sha256 .*\n.*tokens\[0\]: roles/);
  });
});
