const oldest = [3, 10] as const;

/** Why a broker of this version will not do; undefined when it will. */
export function versionFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return `RabbitMQ ${version} is too old; Patchbay needs ${oldest.join('.')} or newer`;
}

/**
 * Whether this broker can leave a consumer dead without a word: RabbitMQ 3 does when a quorum queue is deleted and made
 * again within some 100 ms; it counts the consumer and marks messages as given out to it (seen on 3.10.8, not on 4.0.5).
 */
export function losesConsumers(version: string): boolean {
  return Number(version.split('.')[0]) < 4;
}
