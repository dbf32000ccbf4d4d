import { celMethod, type CelFunc } from '@bufbuild/cel';
import { meter, prices } from './cost';

/** An instant as protobuf keeps it. */
interface Instant {
  seconds: bigint;
  nanos: number;
}

const day = 86_400_000;

const fields: Record<string, (wall: Date) => number> = {
  getFullYear: (wall) => wall.getUTCFullYear(),
  getMonth: (wall) => wall.getUTCMonth(),
  getDate: (wall) => wall.getUTCDate(),
  getDayOfMonth: (wall) => wall.getUTCDate() - 1,
  getDayOfWeek: (wall) => wall.getUTCDay(),
  getDayOfYear: (wall) => Math.floor((wall.getTime() - firstOfYear(wall)) / day),
  getHours: (wall) => wall.getUTCHours(),
  getMinutes: (wall) => wall.getUTCMinutes(),
  getSeconds: (wall) => wall.getUTCSeconds(),
  getMilliseconds: (wall) => wall.getUTCMilliseconds(),
};

/**
 * The parts of a time (getHours() and so on), in UTC or a named zone. The library's own go through the zone of the
 * process: where that has summer time, an hour of the year comes out wrong, and so do days of the year.
 */
export function calendarOf(standard: Iterable<CelFunc>): CelFunc[] {
  return [...standard].flatMap((func) => {
    const field = fields[func.name];
    if (!field || func.target?.name !== 'google.protobuf.Timestamp') return [];
    return celMethod(func.name, func.target, func.arguments, func.result, function (...[zone]: unknown[]) {
      return BigInt(field(wallClock((this as unknown as { message: Instant }).message, zone as string | undefined)));
    });
  });
}

/** What clocks on the wall show there, as the UTC fields of a Date. */
function wallClock({ seconds, nanos }: Instant, zone: string | undefined): Date {
  const at = Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000);
  const offset = zone === undefined ? 0 : (fixedOffset(zone) ?? namedOffset(zone, at));
  return new Date(at + offset);
}

/** `02:00`, `+02:00`, `-07:30` in milliseconds. */
function fixedOffset(zone: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-]?)(\d\d):(\d\d)$/.exec(zone) ?? [];
  if (hours === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function namedOffset(zone: string, at: number): number {
  meter.charge(prices.wallClock);
  const parts = Object.fromEntries(
    formatFor(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<string, number>;
  const { year = 0, month = 1, day: date, hour, minute, second } = parts;
  const wall = new Date(0);
  wall.setUTCFullYear(year, month - 1, date);
  wall.setUTCHours(hour!, minute, second);
  return wall.getTime() - Math.floor(at / 1_000) * 1_000;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const mostFormats = 100;

/** Making one takes 100 times as long as using it. */
function formatFor(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    meter.charge(prices.zone);
    const numeric = 'numeric';
    const time = { hour: numeric, minute: numeric, second: numeric } as const;
    const date = { year: numeric, month: numeric, day: numeric } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...date, ...time });
    if (formats.size >= mostFormats) formats.clear();
    formats.set(zone, format);
  }
  return format;
}

function firstOfYear(wall: Date): number {
  const first = new Date(0);
  return first.setUTCFullYear(wall.getUTCFullYear(), 0, 1);
}
