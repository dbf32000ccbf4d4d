/** Lets tests wait until a growing list has so many entries; entries are announced, nothing is polled. */
export function waitForCount<T>(entries: T[], what: string) {
  const waiting = new Set<() => void>();
  return {
    add(entry: T): void {
      entries.push(entry);
      for (const check of [...waiting]) check();
    },
    wait: (count: number, withinMs = 10_000) =>
      new Promise<T[]>((resolve, reject) => {
        const check = () => {
          if (entries.length < count) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(entries.slice(0, count));
        };
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`not within ${withinMs} ms: ${count} ${what}; there are ${entries.length}`));
        }, withinMs);
        waiting.add(check);
        check();
      }),
  };
}
