// Secrets and personal data at rest and in flight: AES-256-GCM envelopes under a key ring from a file.
export { CannotOpen, type CannotOpenReason } from './cannot-open';
export { KeyRingFault, loadKeyRing, readKeyRing, type KeyRing } from './key-ring';
export { open, seal } from './envelope';
export { createSealer, type Sealer, type SealerOptions } from './sealer';
