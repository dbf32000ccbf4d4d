/** How many lanes a deployment has unless set otherwise (architecture.md section 3). */
export const defaultLanes = 16;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

const encoder = new TextEncoder();

/** CRC-32 (IEEE 802.3) of the text's UTF-8 bytes, as an unsigned integer. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of encoder.encode(text)) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The lane of a conversation: 0 <= lane < lanes. All work of one conversation passes through one lane. */
export function laneOf(conversation: string, lanes: number): number {
  return crc32(conversation) % lanes;
}
