/**
 * The RDB format of values: numbers that stand in files and DUMP payloads, and which of them a release reads.
 *
 *     length   00xxxxxx                    6 bits            01xxxxxx x(1)    14 bits, high first
 *              10000000 x(4)               32 bits, high first
 *              10000001 x(8)               64 bits, high first
 *     string   length, bytes               or, where the first byte is 11xxxxxx:
 *              11000000 x(1) / 01 x(2) / 10 x(4)             the decimal text of a signed integer, low first
 *              11000011 length length bytes                  LZF: compressed size, size, compressed bytes
 *     double   x(8)                        IEEE, low first
 *     time     x(8)                        Unix ms, signed, low first
 *
 *     a value is its type byte and then:
 *     0  STRING           string
 *     1  LIST             count, strings                         2  SET    count, strings
 *     3  ZSET             count, (string, score as text)…        5  ZSET_2 count, (string, double)…
 *     4  HASH             count, (field, value)…
 *     9  HASH_ZIPMAP      string: zipmap
 *     10 LIST_ZIPLIST, 12 ZSET_ZIPLIST, 13 HASH_ZIPLIST          string: ziplist
 *     11 SET_INTSET       string: intset
 *     14 LIST_QUICKLIST   count, strings: ziplists
 *     16 HASH_LISTPACK, 17 ZSET_LISTPACK, 20 SET_LISTPACK        string: listpack
 *     18 LIST_QUICKLIST_2 count, (container 1 = one element, 2 = listpack; string)…
 *     15 STREAM_LISTPACKS, 19 STREAM_LISTPACKS_2, 21 STREAM_LISTPACKS_3          see save-stream.ts
 *     22 HASH_METADATA_PRE_GA      count, (expiry + 1 or 0, field, value)…         of 7.4's release candidates
 *     23 HASH_LISTPACK_EX_PRE_GA   string: listpack of field, value, expiry
 *     24 HASH_METADATA             first expiry (time), count, (expiry - first + 1 or 0, field, value)…
 *     25 HASH_LISTPACK_EX          first expiry (time), string: listpack of field, value, expiry
 *
 * Facts of the format: https://github.com/valkey-io/valkey/blob/unstable/src/rdb.h and the files of redis-server itself.
 */

/** The newest version of the format that is read. */
export const RDB_VERSION = 12;
/** What redis-server 7.0 reads, 7.2 and 7.4. */
export const RDB_VERSION_70 = 10;
export const RDB_VERSION_72 = 11;
export const RDB_VERSION_74 = 12;

export const RDB_STRING = 0;
export const RDB_LIST = 1;
export const RDB_SET = 2;
export const RDB_ZSET = 3;
export const RDB_HASH = 4;
export const RDB_ZSET_2 = 5;
export const RDB_MODULE_2 = 7;
export const RDB_HASH_ZIPMAP = 9;
export const RDB_LIST_ZIPLIST = 10;
export const RDB_SET_INTSET = 11;
export const RDB_ZSET_ZIPLIST = 12;
export const RDB_HASH_ZIPLIST = 13;
export const RDB_LIST_QUICKLIST = 14;
export const RDB_STREAM_LISTPACKS = 15;
export const RDB_HASH_LISTPACK = 16;
export const RDB_ZSET_LISTPACK = 17;
export const RDB_LIST_QUICKLIST_2 = 18;
export const RDB_STREAM_LISTPACKS_2 = 19;
export const RDB_SET_LISTPACK = 20;
export const RDB_STREAM_LISTPACKS_3 = 21;
export const RDB_HASH_METADATA_PRE_GA = 22;
export const RDB_HASH_LISTPACK_EX_PRE_GA = 23;
export const RDB_HASH_METADATA = 24;
export const RDB_HASH_LISTPACK_EX = 25;

/** Containers of LIST_QUICKLIST_2. */
export const CONTAINER_PLAIN = 1;
export const CONTAINER_PACKED = 2;

// First bytes of lengths.
export const LENGTH_6_BITS = 0x00;
export const LENGTH_14_BITS = 0x40;
export const LENGTH_32_BITS = 0x80;
export const LENGTH_64_BITS = 0x81;
// First bytes of strings that are encoded.
export const STRING_INT8 = 0xc0;
export const STRING_INT16 = 0xc1;
export const STRING_INT32 = 0xc2;
export const STRING_LZF = 0xc3;

/** Lengths of 3.0's zset scores that are no lengths. */
export const SCORE_NAN = 253;
export const SCORE_INF = 254;
export const SCORE_NEGATIVE_INF = 255;
