/**
 * Size classes of small arena blocks.
 *
 * Multiples of 16 bytes up to 256, then 8 classes per doubling up to 4 KiB, then 64 KiB / n (n = 15 … 2), so that a
 * page of 64 KiB is always divided with little left over. Internal waste is at most an eighth from 128 bytes to 4 KiB,
 * a fifth up to 16 KiB, a third for the last class.
 */

export const GRANULE_BYTES = 16;
export const PAGE_BYTES = 65536;
export const PAGE_GRANULES = PAGE_BYTES / GRANULE_BYTES;

function classSizes(): number[] {
  const sizes: number[] = [];
  for (let size = 16; size <= 256; size += 16) sizes.push(size);
  for (let base = 256; base < 4096; base *= 2) {
    for (let i = 1; i <= 8; i++) sizes.push(base + (base / 8) * i);
  }
  for (let n = 15; n >= 2; n--) sizes.push(Math.floor(PAGE_BYTES / n / GRANULE_BYTES) * GRANULE_BYTES);
  return sizes;
}

const sizes = classSizes();

export const CLASS_COUNT = sizes.length;
/** Largest block that shares a page with others. */
export const MAX_SMALL_BYTES = sizes[sizes.length - 1]!;
/** Class number -> bytes of a block. */
export const CLASS_BYTES = Uint32Array.from(sizes);
/** Class number -> granules of a block. */
export const CLASS_GRANULES = Uint32Array.from(sizes, (size) => size / GRANULE_BYTES);
/** Class number -> blocks in a page. */
export const CLASS_BLOCKS = Uint32Array.from(sizes, (size) => Math.floor(PAGE_BYTES / size));
/** Granules wanted (0 counts as 1) -> smallest class that holds them. */
export const CLASS_OF_GRANULES = new Uint8Array(MAX_SMALL_BYTES / GRANULE_BYTES + 1);

for (let granules = 0, cls = 0; granules < CLASS_OF_GRANULES.length; granules++) {
  while (CLASS_GRANULES[cls]! < granules) cls++;
  CLASS_OF_GRANULES[granules] = cls;
}
