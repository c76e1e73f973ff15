/**
 * Layout of an entry: one arena block per key.
 *
 *   word 0   ref of the next entry in the bucket (out of the dict: of the next one that waits to be freed)
 *   word 1   hash of the key (out of the dict and waiting: number of its database)
 *   word 2   key length (29 bits) | extension groups (2 bits) << 29 | ENTRY_EXPIRES
 *   word 3   type (3 bits) | ENTRY_VOLATILE_FIELDS | encoding (4 bits) << 4 | access clock (24 bits) << 8
 *   word 4   value length in bytes
 *   extension group 1, words 5 to 7: expiry in unix ms (low word, high word signed), index in the volatile vector
 *   extension group 2, words 8 to 10: index in the vector of values with volatile fields, ref of the key's metadata
 *            (a block that is freed with the entry; 0 = none), reserved (0)
 *   key bytes, then value bytes: the value itself (strings, listpacks, intsets), or the ref of its root block
 *
 * The header has 20 bytes and 12 more for each group; group 2 comes only with group 1. An entry keeps its groups when
 * what they hold is removed; entries of WIDE_FROM_BYTES and more get group 1 at once, so that EXPIRE never moves a
 * large value. The access clock is LRU seconds, or LFU: minutes (16 bits) << 8 | logarithmic counter (8 bits).
 */

export const W_NEXT = 0;
export const W_HASH = 1;
export const W_KEYLEN = 2;
export const W_META = 3;
export const W_VALLEN = 4;
export const W_EXPIRE_LO = 5;
export const W_EXPIRE_HI = 6;
export const W_VOLATILE_INDEX = 7;
export const W_FIELDS_INDEX = 8;
export const W_KEY_META = 9;

export const KEYLEN_MASK = 0x1fffffff;
/** Extension groups are bits 29 and 30 of word 2. */
export const EXT_SHIFT = 29;
export const EXT_MASK = 0x60000000;
/** Set when the entry has group 2. */
export const ENTRY_GROUP2 = 0x40000000;
/** The entry has an expiry; implies group 1. Bit 31, so that the test is the sign of the word. */
export const ENTRY_EXPIRES = 0x80000000;
/** In word 3: fields of the value expire (hashes), and the entry is in that vector; implies group 2. */
export const ENTRY_VOLATILE_FIELDS = 8;
export const TYPE_MASK = 7;

export const HEADER_BYTES = 20;
/** Bytes of one extension group. */
export const EXT_BYTES = 12;
/** Header with group 1. */
export const WIDE_HEADER_BYTES = 32;
export const WIDE_FROM_BYTES = 4096;

/** Longest key, in bytes. */
export const MAX_KEY_BYTES: number = KEYLEN_MASK;

/** Bytes of the header by word 2. */
export function headerBytes(w2: number): number {
  return HEADER_BYTES + ((w2 >>> EXT_SHIFT) & 3) * EXT_BYTES;
}

/** Types of values, Redis's OBJ_ numbers. */
export const TYPE_STRING = 0;
export const TYPE_LIST = 1;
export const TYPE_SET = 2;
export const TYPE_ZSET = 3;
export const TYPE_HASH = 4;
export const TYPE_MODULE = 5;
export const TYPE_STREAM = 6;
export const TYPE_COUNT = 7;

/** Names of the types as TYPE answers them; modules' own names come from their type. */
export const TYPE_NAMES = ['string', 'list', 'set', 'zset', 'hash', 'module', 'stream'] as const;

/** Encodings, Redis's OBJ_ENCODING_ numbers. A string's bytes are the same in all three of its encodings. */
export const ENC_RAW = 0;
export const ENC_INT = 1;
export const ENC_HT = 2;
export const ENC_INTSET = 6;
export const ENC_SKIPLIST = 7;
export const ENC_EMBSTR = 8;
export const ENC_QUICKLIST = 9;
export const ENC_STREAM = 10;
export const ENC_LISTPACK = 11;
export const ENC_LISTPACK_EX = 12;

/** Encoding number -> the name OBJECT ENCODING answers. */
export const ENCODING_NAMES: readonly string[] = [
  'raw',
  'int',
  'hashtable',
  'zipmap',
  'linkedlist',
  'ziplist',
  'intset',
  'skiplist',
  'embstr',
  'quicklist',
  'stream',
  'listpack',
  'listpackex',
];
