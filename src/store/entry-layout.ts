/**
 * Layout of an entry: one arena block per key, the value always inline.
 *
 *   word 0   ref of the next entry in the bucket
 *   word 1   hash of the key
 *   word 2   key length (30 bits) | ENTRY_WIDE | ENTRY_EXPIRES
 *   word 3   type (4 bits) | encoding (4 bits) << 4 | access clock (24 bits) << 8
 *   word 4   value length in bytes
 *   words 5, 6, 7 only in wide entries: expiry in unix ms (low word, high word signed), index in the volatile vector
 *   key bytes, then value bytes
 *
 * The header has 20 bytes, 32 in wide entries. A wide entry keeps its room when its expiry is removed; entries of
 * WIDE_FROM_BYTES and more are made wide, so that EXPIRE never moves a large value.
 * The access clock is LRU seconds, or LFU: minutes (16 bits) << 8 | logarithmic counter (8 bits).
 */

export const W_NEXT = 0;
export const W_HASH = 1;
export const W_KEYLEN = 2;
export const W_META = 3;
export const W_VALLEN = 4;
export const W_EXPIRE_LO = 5;
export const W_EXPIRE_HI = 6;
export const W_VOLATILE_INDEX = 7;

export const KEYLEN_MASK = 0x3fffffff;
/** The entry has words 5 to 7. */
export const ENTRY_WIDE = 0x40000000;
/** The entry has an expiry; implies ENTRY_WIDE. Bit 31, so that the test is the sign of the word. */
export const ENTRY_EXPIRES = 0x80000000;

export const HEADER_BYTES = 20;
export const WIDE_HEADER_BYTES = 32;
export const WIDE_FROM_BYTES = 4096;

/** Longest key, in bytes. */
export const MAX_KEY_BYTES = 0x20000000;

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
];
