import { authenticationKinds, isAuthenticationType, type AuthenticationType } from './index';

/** The entry that `request.authentication` means: its id, or the only entry of the kind; else a sentence. */
export function authenticationEntry(
  configured: { type?: unknown; id?: unknown },
  entryIds: string[],
): { type: AuthenticationType; entryId: string } | { fault: string } | { missing: string } {
  const { type, id } = configured;
  if (!isAuthenticationType(type)) return { fault: `the authentication type ${JSON.stringify(type)} is not known` };
  const { prefix, names } = authenticationKinds[type];
  const candidates = entryIds.filter((entry) => entry.startsWith(prefix));
  if (typeof id === 'string') return entryIds.includes(id) ? { type, entryId: id } : { missing: id };
  if (candidates.length > 1)
    return { fault: `there are several ${prefix} entries; name one with "id": "${candidates[0]}"` };
  return candidates[0] === undefined ? { missing: `${prefix}<${names}>` } : { type, entryId: candidates[0] };
}
