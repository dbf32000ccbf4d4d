import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Watches how late this process itself is; tests of deadlines allow for it, and for nothing else. */
export function watchLoopLag(): { worstMs(): number } {
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  return {
    worstMs() {
      delays.disable();
      return delays.max / 1e6;
    },
  };
}
