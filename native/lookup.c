/* Entries of a database, found where they lie: see src/store/entry-layout.ts and src/store/hash.ts for what is read here. */
#include "lookup.h"

static inline uint32_t rotated(uint32_t word, int by) { return word << by | word >> (32 - by); }

#define SIP_ROUND                 \
    do {                          \
        v0 += v1;                 \
        v1 = rotated(v1, 5) ^ v0; \
        v0 = rotated(v0, 16);     \
        v2 += v3;                 \
        v3 = rotated(v3, 8) ^ v2; \
        v0 += v3;                 \
        v3 = rotated(v3, 7) ^ v0; \
        v2 += v1;                 \
        v1 = rotated(v1, 13) ^ v2; \
        v2 = rotated(v2, 16);     \
    } while (0)

/* HalfSipHash with one round a word and three at the end. */
static uint32_t hash_of(const unsigned char *key, size_t length, uint32_t seed0, uint32_t seed1) {
    uint32_t v0 = seed0, v1 = seed1, v2 = 0x6c796765 ^ seed0, v3 = 0x74656462 ^ seed1;
    const unsigned char *end = key + (length & ~(size_t)3);
    for (; key < end; key += 4) {
        uint32_t word;
        memcpy(&word, key, sizeof word);
        v3 ^= word;
        SIP_ROUND;
        v0 ^= word;
    }
    uint32_t last = (uint32_t)length << 24;
    switch (length & 3) {
        case 3: last |= (uint32_t)key[2] << 16; /* fall through */
        case 2: last |= (uint32_t)key[1] << 8;  /* fall through */
        case 1: last |= key[0];
    }
    v3 ^= last;
    SIP_ROUND;
    v0 ^= last;
    v2 ^= 0xff;
    SIP_ROUND;
    SIP_ROUND;
    SIP_ROUND;
    return v1 ^ v3;
}

enum { KEY_LENGTH = 0x1fffffff, GROUPS_SHIFT = 29, HEADER_BYTES = 20, GROUP_BYTES = 12 };
static const uint32_t EXPIRES = 0x80000000u;

static inline char *entry_at(uint32_t ref) {
    char *chunk = pointer_of(((const double *)pointer_of(block->database.chunks))[ref >> 22]);
    if (chunk == NULL) block->database.unknownChunk = (int32_t)(ref >> 22) + 1;
    return chunk == NULL ? NULL : chunk + ((size_t)(ref & 0x3fffff) << 4);
}

static inline int is_same(const char *a, const char *b, size_t length) {
    for (; length >= 8; a += 8, b += 8, length -= 8) {
        uint64_t left, right;
        memcpy(&left, a, 8);
        memcpy(&right, b, 8);
        if (left != right) return 0;
    }
    for (; length > 0; length--)
        if (*a++ != *b++) return 0;
    return 1;
}

int find_entry(const char *key, size_t length, struct entry *found) {
    const struct database_block *database = &block->database;
    if (database->table == 0) return 0;
    uint32_t hash = hash_of((const unsigned char *)key, length, (uint32_t)database->seed0, (uint32_t)database->seed1);
    uint32_t ref = ((const uint32_t *)pointer_of(database->table))[hash & (uint32_t)database->mask];
    while (ref != 0) {
        char *entry = entry_at(ref);
        if (entry == NULL) return 0;
        uint32_t *words = (uint32_t *)entry;
        if (words[1] == hash && (words[2] & KEY_LENGTH) == length) {
            int groups = (int)(words[2] >> GROUPS_SHIFT & 3);
            char *name = entry + HEADER_BYTES + groups * GROUP_BYTES;
            if (is_same(name, key, length)) {
                if (words[2] & EXPIRES) return 0;
                *found = (struct entry){.words = words, .value = name + length, .groups = groups, .ref = ref};
                return 1;
            }
        }
        ref = words[0];
    }
    return 0;
}

void touch(const struct entry *entry) {
    uint32_t clock = (uint32_t)block->database.lruClock;
    uint32_t meta = entry->words[3];
    if (meta >> 8 != clock) entry->words[3] = (meta & 0xff) | clock << 8;
    block->database.hits++;
}

uint32_t block_bytes(const struct entry *entry) {
    enum { WORDS = 8, SMALL = 8 };
    uint32_t kind = ((const uint32_t *)pointer_of(block->database.pages))[(size_t)(entry->ref >> 12) * WORDS];
    return kind < SMALL ? 0 : ((const uint32_t *)pointer_of(block->database.classBytes))[kind - SMALL];
}
