import type { AuthenticationKind } from './entry';
import * as kinds from './kinds';

export type { Authorisation, ClientCredentials } from './authorisation';
export type { AuthenticationKind } from './entry';
export type AuthenticationType = keyof typeof kinds;

/** Every authentication kind by its type; exporting an entry from kinds.ts registers it. */
export const authenticationKinds: Readonly<Record<AuthenticationType, AuthenticationKind>> = kinds;

export const authenticationTypes = Object.keys(kinds) as AuthenticationType[];

export function isAuthenticationType(text: unknown): text is AuthenticationType {
  return typeof text === 'string' && Object.hasOwn(authenticationKinds, text);
}

/** The kind whose reserved prefix an entry id has; undefined for a header value under a free name. */
export function kindOfEntry(entryId: string): AuthenticationType | undefined {
  return authenticationTypes.find((type) => entryId.startsWith(authenticationKinds[type].prefix));
}
