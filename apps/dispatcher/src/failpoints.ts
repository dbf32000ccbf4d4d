import type { LifecycleEvent } from '@patchbay/edi';

/** Moments in the life of an event at which a test may let the process die. */
export const failpoints = ['before-call', 'after-answer', 'between-publishes', 'before-ack'] as const;
export type Failpoint = (typeof failpoints)[number];

/** Says that an event has reached a point. */
export type Reach = (point: Failpoint, event: LifecycleEvent) => void;

/** `<point>:<text>` lets the process die, as by kill -9, at that point of events that hold the text; for tests. */
export function createFailpoints(setting: string | undefined): Reach {
  if (setting === undefined) return () => undefined;
  const [point, text] = splitOnce(setting);
  return (reached, event) => {
    if (reached === point && JSON.stringify(event).includes(text)) process.kill(process.pid, 'SIGKILL');
  };
}

function splitOnce(setting: string): [string, string] {
  const at = setting.indexOf(':');
  return at === -1 ? [setting, ''] : [setting.slice(0, at), setting.slice(at + 1)];
}
