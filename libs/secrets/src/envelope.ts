import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CannotOpen } from './cannot-open';
import type { KeyRing } from './key-ring';

const version = 'v1';
const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/** A data key, plain and as it stands in the envelope: wrapped by the ring's key of that id. */
export interface DataKey {
  key: Buffer;
  keyId: string;
  wrapped: string;
}

/** The parts of a sealed text, well formed but not yet believed. */
export interface Envelope {
  keyId: string;
  wrapped: string;
  iv: Buffer;
  ciphertext: Buffer;
  tag: Buffer;
}

/**
 * Seals a text under a data key of its own; `aad` says where it belongs, and it opens nowhere else.
 * Gives `v1.<key id>.<wrapped key>.<iv>.<ciphertext>.<tag>`, binary parts in base64url.
 */
export function seal(ring: KeyRing, plaintext: string, aad: string): string {
  return sealWith(createDataKey(ring), plaintext, aad);
}

/** Opens what `seal` made with the same `aad`; throws CannotOpen. */
export function open(ring: KeyRing, sealed: string, aad: string): string {
  const envelope = readEnvelope(sealed);
  return openWith(unwrapDataKey(ring, envelope), envelope, aad);
}

/** A fresh data key, wrapped by the ring's active key. */
export function createDataKey(ring: KeyRing): DataKey {
  const key = randomBytes(keyBytes);
  const { iv, ciphertext, tag } = encrypt(keyOf(ring, ring.active), key, wrapAad(ring.active));
  const wrapped = Buffer.concat([iv, ciphertext, tag]).toString('base64url');
  return { key, keyId: ring.active, wrapped };
}

/** The plain data key of an envelope; throws CannotOpen. */
export function unwrapDataKey(ring: KeyRing, { keyId, wrapped }: Envelope): Buffer {
  const bytes = decode(wrapped);
  if (bytes.length !== ivBytes + keyBytes + tagBytes) throw new CannotOpen('malformed');
  const iv = bytes.subarray(0, ivBytes);
  const ciphertext = bytes.subarray(ivBytes, ivBytes + keyBytes);
  return decrypt(keyOf(ring, keyId), { iv, ciphertext, tag: bytes.subarray(-tagBytes), keyId }, wrapAad(keyId));
}

/** Seals under a given data key: a fresh IV each time. */
export function sealWith({ key, keyId, wrapped }: DataKey, plaintext: string, aad: string): string {
  const { iv, ciphertext, tag } = encrypt(key, Buffer.from(plaintext, 'utf8'), textAad(keyId, aad));
  const parts = [iv, ciphertext, tag].map((part) => part.toString('base64url'));
  return [version, keyId, wrapped, ...parts].join('.');
}

/** Opens an envelope with its plain data key; throws CannotOpen. */
export function openWith(key: Buffer, envelope: Envelope, aad: string): string {
  return decrypt(key, envelope, textAad(envelope.keyId, aad)).toString('utf8');
}

/** Takes a sealed text apart; throws CannotOpen `malformed`. */
export function readEnvelope(sealed: string): Envelope {
  const [marker, keyId, wrapped, iv, ciphertext, tag, ...rest] = sealed.split('.');
  if (marker !== version || !keyId || !wrapped || !iv || ciphertext === undefined || !tag || rest.length > 0)
    throw new CannotOpen('malformed');
  const envelope = { keyId, wrapped, iv: decode(iv), ciphertext: decode(ciphertext), tag: decode(tag) };
  if (envelope.iv.length !== ivBytes || envelope.tag.length !== tagBytes) throw new CannotOpen('malformed');
  return envelope;
}

function encrypt(key: Buffer, plain: Buffer, aad: Buffer) {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv).setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { iv, ciphertext, tag: cipher.getAuthTag() };
}

function decrypt(key: Buffer, { iv, ciphertext, tag, keyId }: Omit<Envelope, 'wrapped'>, aad: Buffer): Buffer {
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(aad).setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    throw new CannotOpen('tampered', keyId);
  }
}

function keyOf(ring: KeyRing, keyId: string): Buffer {
  const key = ring.keys.get(keyId);
  // An id of another shape is an altered text, not a forgotten key, and must not be quoted.
  if (!key)
    throw /^[A-Za-z0-9_-]{1,64}$/.test(keyId) ? new CannotOpen('unknown-key', keyId) : new CannotOpen('malformed');
  return key;
}

/** One text per value: a second spelling of the same bytes counts as altered. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw new CannotOpen('malformed');
  return bytes;
}

function wrapAad(keyId: string): Buffer {
  return Buffer.from(`patchbay data key ${version}.${keyId}`);
}

function textAad(keyId: string, aad: string): Buffer {
  return Buffer.from(`patchbay text ${version}.${keyId}.${aad}`, 'utf8');
}
