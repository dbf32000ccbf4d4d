import type { AuthenticationKind } from './entry';
import * as kinds from './kinds';

export type { AuthenticationKind } from './entry';
export type AuthenticationType = keyof typeof kinds;

/** Every authentication kind by its type; exporting an entry from kinds.ts registers it. */
export const authenticationKinds: Readonly<Record<AuthenticationType, AuthenticationKind>> = kinds;

/** Kinds of the language that are not built yet: a configuration that names one is refused, never ignored. */
export const authenticationKindsToCome = ['digest', 'oauth', 'signature', 'mtls'] as const;

export function isAuthenticationType(text: unknown): text is AuthenticationType {
  return typeof text === 'string' && Object.hasOwn(authenticationKinds, text);
}
