import { isJsonObject, type Json } from '@patchbay/edi';

/** Values too large to be written out; each is an object of one member, replaced before the case runs. */
const makers: Record<string, (given: Json) => Json> = {
  $repeat: (given) => String((given as [string, number])[0]).repeat((given as [string, number])[1]),
  $list: (given) => Array.from({ length: (given as [Json, number])[1] }, () => (given as [Json, number])[0]),
  $nest: (given) => Array.from({ length: given as number }).reduce<Json>((inner) => [inner], 'x'),
  $keys: (given) => Object.fromEntries(Array.from({ length: given as number }, (_, at) => [`k${at}`, at])),
};

/** Replaces {"$repeat": [text, n]}, {"$list": [value, n]}, {"$nest": depth} and {"$keys": n} by what they stand for. */
export function expand(value: Json): Json {
  if (Array.isArray(value)) return value.map(expand);
  if (!isJsonObject(value)) return value;
  const [[name, given] = [], ...more] = Object.entries(value);
  const make = name !== undefined && more.length === 0 && Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (make) return make(given ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item)]));
}
