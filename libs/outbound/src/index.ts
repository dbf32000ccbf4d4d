// The HTTPS call to a customer's service: guarded, bounded, and always an answer or a failure as a value.
export { AddressNotAllowed, createAddressGuard, type AddressGuard, type Resolve } from './address-guard';
export type { FailureClass } from './failure-class';
export type { CallAnswer, CallFailure, CallResult, CallTiming } from './call-result';
export {
  createOutbound,
  type CallOptions,
  type Outbound,
  type OutboundOptions,
  type OutboundRequest,
} from './outbound';
