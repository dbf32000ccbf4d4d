// The HTTPS call to a customer's service: guarded, bounded, and always an answer or a failure as a value.
export { AddressNotAllowed, createAddressGuard, type AddressGuard, type Resolve } from './address-guard';
export { infrastructurePorts } from './check-request';
export type { FailureClass } from './failure-class';
export type { CallAnswer, CallFailure, CallResult, CallTiming } from './call-result';
export type { BreakerChange } from './gate/breaker';
export type { CallEnd, CallLimits, Gate, GateState, Permit, Refusal } from './gate/gate';
export { Gates, type GatesOptions } from './gate/gates';
export {
  createOutbound,
  type CallOptions,
  type Outbound,
  type OutboundOptions,
  type OutboundRequest,
} from './outbound';
