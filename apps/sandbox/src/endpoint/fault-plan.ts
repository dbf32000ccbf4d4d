import { liesBelow } from './ledger';

/** How a path misbehaves: answers this status instead of its own, or late, or both. */
export interface PlannedFault {
  path: string;
  status?: number;
  delayMs?: number;
  /** For so many requests; absent = until cleared. */
  times?: number;
}

/** Faults on demand. Of several that fit a path the oldest with requests left counts. */
export class FaultPlan {
  private faults: PlannedFault[] = [];

  add(fault: PlannedFault): void {
    this.faults.push({ ...fault });
  }

  clear(): void {
    this.faults = [];
  }

  list(): PlannedFault[] {
    return this.faults.map((fault) => ({ ...fault }));
  }

  /** The fault for this request, used up by one; undefined = the path behaves. */
  take(path: string): PlannedFault | undefined {
    if (this.faults.length === 0) return undefined;
    const fault = this.faults.find((one) => liesBelow(path, one.path));
    if (fault?.times !== undefined && --fault.times <= 0) this.faults = this.faults.filter((one) => one !== fault);
    return fault;
  }
}
