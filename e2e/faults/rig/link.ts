import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as elapse } from 'node:timers/promises';

type Direction = 'up' | 'down';

/** A network link between a service and the broker. Up is from the service, down is to it. */
export interface Link {
  /** The broker's address through this link. */
  amqpUrl: string;
  /** Resets every connection, and new ones at once, until `heal`. */
  cut(): void;
  /** Swallows what goes in this direction, as a network does that drops packets; connections stay. */
  swallow(direction: Direction): void;
  /** Holds everything for so long, both ways. */
  delay(milliseconds: number): void;
  /** Holds some of what goes by for so long, both ways: `share` of 1, decided by `random`. */
  stutter(share: number, milliseconds: number, random: () => number): void;
  /** What was swallowed is gone, so the connections it went through are reset. */
  heal(): void;
  close(): Promise<void>;
}

interface Weather {
  isCut: boolean;
  swallowed: Set<Direction>;
  holdMs: () => number;
}

/** A link on a free loopback port. */
export async function startLink(target: { host: string; port: number }, amqpUrl: string): Promise<Link> {
  const weather: Weather = { isCut: false, swallowed: new Set(), holdMs: () => 0 };
  const sockets = new Set<Socket>();
  const server = createServer((service) => {
    if (weather.isCut) return reset(service);
    const broker = connect({ ...target, noDelay: true });
    service.setNoDelay(true);
    for (const socket of [service, broker]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    pass(service, broker, 'up', weather);
    pass(broker, service, 'down', weather);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(amqpUrl);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const resetAll = () => sockets.forEach(reset);
  return {
    amqpUrl: through.toString(),
    cut() {
      weather.isCut = true;
      resetAll();
    },
    swallow: (direction) => void weather.swallowed.add(direction),
    delay: (milliseconds) => void (weather.holdMs = () => milliseconds),
    stutter: (share, milliseconds, random) => void (weather.holdMs = () => (random() < share ? milliseconds : 0)),
    heal() {
      const torn = weather.swallowed.size > 0;
      weather.isCut = false;
      weather.swallowed.clear();
      weather.holdMs = () => 0;
      if (torn) resetAll();
    },
    async close() {
      resetAll();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Hands on what one side sends, in order, through the weather. */
function pass(from: Socket, to: Socket, direction: Direction, weather: Weather): void {
  let tail = Promise.resolve();
  let readyAt = 0;
  from.on('data', (chunk: Buffer) => {
    if (weather.swallowed.has(direction)) return;
    const holdMs = weather.holdMs();
    readyAt = Math.max(readyAt, Date.now() + holdMs);
    const due = readyAt;
    tail = tail.then(async () => {
      const wait = due - Date.now();
      if (wait > 0) await elapse(wait);
      if (to.writable && !weather.swallowed.has(direction) && !to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
  });
  from.on('end', () => void tail.then(() => to.end()));
  from.on('close', () => void tail.then(() => to.destroy()));
}

/** Node 20 never closes a socket that is reset while it is ending, and then spins for ever at the process's end. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
