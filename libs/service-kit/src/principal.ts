const ladder = ['viewer', 'operator', 'editor', 'admin'] as const;
const beside = ['dispatcher', 'publisher'] as const;

/** viewer < operator < editor < admin include each other upwards; dispatcher and publisher stand beside. */
export const roles = [...ladder, ...beside] as const;
export type Role = (typeof roles)[number];

/** Who is calling: the name of the token and what it may do. */
export interface Principal {
  name: string;
  roles: readonly Role[];
}

/** Whether the principal may do what `required` may; an admin may also publish. */
export function hasRole(principal: Principal, required: Role): boolean {
  return principal.roles.some((role) => includes(role, required));
}

function includes(role: Role, required: Role): boolean {
  if (role === required) return true;
  if (role === 'admin' && required === 'publisher') return true;
  const needed = rankOf(required);
  return needed >= 0 && rankOf(role) >= needed;
}

function rankOf(role: Role): number {
  return (ladder as readonly Role[]).indexOf(role);
}
