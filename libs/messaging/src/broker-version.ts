const oldest = [3, 10] as const;

/** Why a broker of this version will not do; undefined when it will. */
export function versionFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return `RabbitMQ ${version} is too old; Patchbay needs ${oldest.join('.')} or newer`;
}
