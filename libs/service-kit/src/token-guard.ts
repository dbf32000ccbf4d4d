import { type CanActivate, type ExecutionContext, SetMetadata, createParamDecorator } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { Problem } from './problem';
import { hasRole, type Principal, type Role } from './principal';
import type { TokenBook } from './tokens';

const accessKey = Symbol('access');
type Access = Role | 'public';
type WithPrincipal = Request & { principal?: Principal };

/** Lets in callers whose token has the role or one above it. A route without Allow or Public answers 403 to all. */
export const Allow = (role: Role) => SetMetadata(accessKey, role satisfies Access);

/** Lets in everybody, without a token. */
export const Public = () => SetMetadata(accessKey, 'public' satisfies Access);

/** The caller, as a parameter of a handler under `@Allow`. */
export const CurrentPrincipal = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<WithPrincipal>().principal,
);

/** Default deny: decides for every route by its `@Allow` or `@Public`. */
export class TokenGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(private readonly tokens: TokenBook) {}

  canActivate(context: ExecutionContext): boolean {
    const access = this.reflector.getAllAndOverride<Access | undefined>(accessKey, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    if (!access) throw forbidden('This route is not open to anybody.');
    const request = context.switchToHttp().getRequest<WithPrincipal>();
    request.principal = this.identify(request.headers.authorization);
    if (!hasRole(request.principal, access)) throw forbidden(`The token needs the role ${access}.`);
    return true;
  }

  private identify(authorization: string | undefined): Principal {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (!token) throw unauthorized('Send the header "Authorization: Bearer <token>".', 'Bearer realm="patchbay"');
    const principal = this.tokens.principalOf(token);
    if (!principal) throw unauthorized('The token is not known.', 'Bearer realm="patchbay", error="invalid_token"');
    return principal;
  }
}

function unauthorized(detail: string, challenge: string): Problem {
  return new Problem(401, { title: 'Not authenticated', detail, headers: { 'WWW-Authenticate': challenge } });
}

function forbidden(detail: string): Problem {
  return new Problem(403, { title: 'Not allowed', detail });
}
