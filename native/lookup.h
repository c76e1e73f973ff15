/* Entries of the running command's database. */
#ifndef GRAFTIS_LOOKUP_H
#define GRAFTIS_LOOKUP_H

#include "call-block.h"

enum { TYPE_STRING = 0 };
enum { ENCODING_RAW = 0 };

struct entry {
    uint32_t *words;
    char *value; /* the bytes of a string */
    int groups;
    uint32_t ref;
};

static inline int entry_type(const struct entry *entry) { return (int)(entry->words[3] & 7); }
static inline int entry_encoding(const struct entry *entry) { return (int)(entry->words[3] >> 4 & 15); }
static inline uint32_t value_length(const struct entry *entry) { return entry->words[4]; }

/*
 * Finds a key that has no expiry. 0: there is none, or only a callback can tell (the key may expire, the table is on its way
 * into another one, ...).
 */
int find_entry(const char *key, size_t length, struct entry *found);

/* Bytes of the entry's block; 0 where only JavaScript knows. */
uint32_t block_bytes(const struct entry *entry);

/* What a look-up that counts leaves behind: the access clock, and one hit more. */
void touch(const struct entry *entry);

#endif
