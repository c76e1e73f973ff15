// Hash slots of Redis Cluster: CRC-16 (XMODEM: polynomial 0x1021, initial value 0) of a key, or of what stands between
// its first `{` and the `}` after it where that is not empty, modulo 16384.

export const SLOTS = 16384;
const POLYNOMIAL = 0x1021;
const OPEN = 123;
const CLOSE = 125;

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1) & 0xffff;
  return crc;
});

/** The slot of a key. */
export function slotOf(key: Uint8Array): number {
  let from = 0;
  let to = key.length;
  const open = key.indexOf(OPEN);
  if (open >= 0) {
    const close = key.indexOf(CLOSE, open + 1);
    if (close > open + 1) {
      from = open + 1;
      to = close;
    }
  }
  let crc = 0;
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffff) ^ table[(crc >> 8) ^ key[i]!]!;
  return crc & (SLOTS - 1);
}
