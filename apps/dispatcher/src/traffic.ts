import type { Gates, GateState } from '@patchbay/outbound';
import type { Parking } from './parking';

/** How the calls of one integration go in this process. */
export interface TrafficState extends Omit<GateState, 'id'> {
  integrationId: string;
  replica: number;
  /** Deliveries that wait outside their lanes. */
  parked: number;
}

/** What operators see of gates and parking. */
export class Traffic {
  constructor(
    private readonly gates: Gates,
    private readonly parking: Parking,
    private readonly replica: number,
  ) {}

  all(): TrafficState[] {
    return this.gates.states().map((state) => this.shown(state));
  }

  /** An integration that was never called from here is simply at rest. */
  of(integrationId: string): TrafficState {
    return this.shown(this.gates.of(integrationId).state());
  }

  private shown({ id: integrationId, ...state }: GateState): TrafficState {
    return { integrationId, replica: this.replica, parked: this.parking.count(integrationId), ...state };
  }
}
