import type { BreakerChange } from './breaker';
import { Gate, type GateState, type GateTools } from './gate';

export interface GatesOptions {
  /** Epoch milliseconds of a clock that does not jump: performance.timeOrigin + performance.now(), not Date.now(). */
  now(): number;
  /** How many times shorter than real the breakers' durations are; 1 unless given. */
  timeScale?: number;
  /** Stands in for setTimeout. */
  schedule?(run: () => void, ms: number): void;
  /** Told while the call that changes it enters or ends; must not throw. */
  onBreakerChange?(id: string, change: BreakerChange): void;
}

const betweenSweepsMs = 60_000;

/** A gate for each integration that is called, forgotten again some minutes after its last call. */
export class Gates {
  private readonly gates = new Map<string, Gate>();
  private readonly tools: GateTools;
  private sweptAt = -Infinity;

  constructor({ now, timeScale = 1, schedule = later, onBreakerChange = () => undefined }: GatesOptions) {
    this.tools = { now, timeScale, schedule, onBreakerChange };
  }

  /** The gate of an integration; to be asked for at each call, not kept. */
  of(id: string): Gate {
    const known = this.gates.get(id);
    if (known) return known;
    // Only new ones make them more, so only then is it worth looking for old ones.
    this.sweep();
    const gate = new Gate(id, this.tools);
    this.gates.set(id, gate);
    return gate;
  }

  states(): GateState[] {
    this.sweep();
    return [...this.gates.values()].map((gate) => gate.state());
  }

  private sweep(): void {
    const now = this.tools.now();
    if (now - this.sweptAt < betweenSweepsMs) return;
    this.sweptAt = now;
    for (const [id, gate] of this.gates) if (gate.isForgettable(now)) this.gates.delete(id);
  }
}

function later(run: () => void, ms: number): void {
  setTimeout(run, ms);
}
