import { EnvError, EnvMissingError, customCleanEnv, makeExactValidator, makeValidator } from 'envalid';
import { CannotStart } from './cannot-start';

/** Settings that cannot be used; the message lists every one of them. */
export class SettingsFault extends CannotStart {
  constructor(readonly faults: { name: string; message: string }[]) {
    super(
      ['These settings need your attention:', ...faults.map(({ name, message }) => `  ${name}: ${message}`)].join('\n'),
    );
    this.name = 'SettingsFault';
  }
}

/** Text that is not empty. */
export const text = makeValidator<string>((input) => {
  if (input.trim() === '') throw new EnvError('is empty');
  return input.trim();
});

/** A whole number, not negative. */
export const integer = makeExactValidator<number>((input) => {
  if (!/^\d{1,15}$/.test(input.trim())) throw new EnvError(`"${input}" is not a whole number`);
  return Number(input);
});

/** A TCP port, 0 to 65535; 0 lets the system choose a free one. */
export const port = makeExactValidator<number>((input) => {
  const value = Number(input);
  if (!/^\d{1,5}$/.test(input.trim()) || value > 65_535) throw new EnvError(`"${input}" is not a port (0 to 65535)`);
  return value;
});

/** An absolute URL; a password in it is masked in summaries. */
export const url = makeValidator<string>((input) => checkUrl(input.trim()));

/** Texts separated by commas, each trimmed; empty ones are dropped. */
export const list = makeExactValidator<string[]>((input) => splitList(input));

/** Ports separated by commas. */
export const ports = makeExactValidator<number[]>((input) =>
  splitList(input).map((part) => {
    if (!/^\d{1,5}$/.test(part) || Number(part) > 65_535) throw new EnvError(`"${part}" is not a port (0 to 65535)`);
    return Number(part);
  }),
);

/** URLs separated by commas, at least one. */
export const urls = makeExactValidator<string[]>((input) => {
  const found = splitList(input).map(checkUrl);
  if (found.length === 0) throw new EnvError('is empty');
  return found;
});

const secretTexts = new WeakSet<object>();

/** Text that summaries never show. */
export function secretText(): ReturnType<typeof text> {
  const validator = text();
  secretTexts.add(validator);
  return validator;
}

function splitList(input: string): string[] {
  return input
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function checkUrl(input: string): string {
  // Not echoed: it may hold a password.
  if (!URL.canParse(input)) throw new EnvError('is not a URL');
  return input;
}

/** The values of `validators` in plain form. */
export type Settings<Validators> = {
  [Name in keyof Validators]: Validators[Name] extends { _parse: (input: string) => unknown; default: infer Default }
    ? ReturnType<Validators[Name]['_parse']> | (Default extends undefined ? undefined : never)
    : Validators[Name] extends { _parse: (input: string) => infer Value }
      ? Value
      : never;
};

/** What is wrong with settings that are each well-formed: a sentence by setting. Faulty ones are absent. */
export type SettingsRules<Validators> = (values: Partial<Settings<Validators>>) => Record<string, string>;

/** Reads settings from the environment by name; throws one SettingsFault that lists all faults. */
export function readSettings<Validators extends object>(
  validators: Validators,
  env: Record<string, string | undefined>,
  rules: SettingsRules<Validators> = () => ({}),
): Settings<Validators> {
  const cleaned = customCleanEnv(env, validators, (values) => ({ ...values }), {
    reporter: ({ errors, env: values }) => refuse(errors, rules(values as unknown as Partial<Settings<Validators>>)),
  });
  return cleaned as unknown as Settings<Validators>;
}

function refuse(errors: Partial<Record<string, Error>>, broken: Record<string, string>): void {
  const faults = [
    ...Object.entries(errors).map(([name, error]) => ({ name, message: sentence(error) })),
    ...Object.entries(broken).map(([name, message]) => ({ name, message })),
  ];
  if (faults.length > 0) throw new SettingsFault(faults);
}

function sentence(error: Error | undefined): string {
  const description = error?.message.replace(/^undefined/, '') ?? '';
  if (error instanceof EnvMissingError) return description === '' ? 'is missing' : `is missing: ${description}`;
  return description;
}

/** One line with all settings for the start of the log; secrets and passwords in URLs are masked. */
export function describeSettings<Validators extends object>(
  validators: Validators,
  settings: Settings<Validators>,
): string {
  return Object.entries(validators)
    .map(([name, validator]) => `${name}=${mask(validator, settings[name as keyof Validators])}`)
    .join(' ');
}

function mask(validator: unknown, value: unknown): string {
  if (value === undefined) return '(not set)';
  if (typeof validator === 'object' && validator !== null && secretTexts.has(validator)) return '***';
  return String(value).replace(/(\w+:\/\/[^:@/,\s]*):[^@/,\s]*@/g, '$1:***@');
}
