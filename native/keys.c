/* Open keys, as RM_OpenKey (or the last callback that looked) found them: see struct key_record. */
#include "lookup.h"

enum { READ = 1, WRITE = 2 };

/* Index of a handle in its table: bits 3 to 26 (src/module/abi/handles.ts). */
static inline uint32_t index_of(const void *handle) { return (uint32_t)(uintptr_t)handle >> 3 & 0xffffff; }

/* The record of an open key; NULL when there is none. What it says of the value may be out of date. */
static inline struct key_record *key_record(const void *key) {
    uint32_t index = index_of(key);
    if (key == NULL || index >= KEY_RECORDS || !on_host_thread() || block->context <= 0) return NULL;
    struct key_record *record = &block->keys[index];
    return record->handle == (double)(uintptr_t)key ? record : NULL;
}

static inline struct key_record *fresh_record(const void *key) {
    struct key_record *record = key_record(key);
    return record != NULL && record->epoch == block->epoch ? record : NULL;
}

/* What RM_StringDMA may point to: a value that is as that function leaves it, in a small block. */
static inline double direct_address(const struct entry *entry) {
    if (entry_encoding(entry) != ENCODING_RAW || entry->groups == 0) return 0;
    char *end = entry->value + value_length(entry);
    if ((size_t)(end - (char *)entry->words) >= block_bytes(entry) || *end != 0) return 0;
    return (double)(uintptr_t)entry->value;
}

/* REDISMODULE_KEYTYPE_* by the store's types. */
static const unsigned char KEY_TYPES[] = {1, 2, 4, 5, 3, 6, 7, 0};

static void *open_here(int name, const void *string, const struct entry *entry, int i) {
    double *live = pointer_of(block->database.liveHandles), *next = pointer_of(block->database.nextHandles);
    struct key_record *record = &block->keys[i];
    int isString = entry_type(entry) == TYPE_STRING;
    ++*string_references(name);
    live[i] = next[i];
    record->handle = live[i];
    record->epoch = block->epoch;
    record->type = KEY_TYPES[entry_type(entry)];
    record->length = isString ? (double)value_length(entry) : -1;
    record->address = isString ? direct_address(entry) : 0;
    record->name = (double)(uintptr_t)string;
    record->nameEntry = name;
    record->nameSerial = *string_serial(name);
    record->openedHere = 1;
    block->database.opened++;
    return (void *)(uintptr_t)(int64_t)record->handle;
}

/* Keys that are only read, exist and do not expire; all else is JavaScript's. */
FALLBACK(void *, OpenKey, (void *, void *, int));
API(void *, OpenKey, (void *ctx, void *name, int mode)) {
    struct entry entry;
    if (is_fast(ctx) && mode == READ && !block->autoMemory && block->database.table != 0) {
        int string = string_entry(name), handle = free_handle(pointer_of(block->database.liveHandles), OWN_KEYS);
        if (string >= 0 && handle >= 0 && find_entry(string_bytes(string), (size_t)string_length(string), &entry)) {
            touch(&entry);
            return open_here(string, name, &entry, handle);
        }
    }
    return graftis_fallback_OpenKey(ctx, name, mode);
}

FALLBACK(int, KeyType, (void *));
API(int, KeyType, (void *key)) {
    struct key_record *record = fresh_record(key);
    return record != NULL ? (int)record->type : graftis_fallback_KeyType(key);
}

FALLBACK(size_t, ValueLength, (void *));
API(size_t, ValueLength, (void *key)) {
    struct key_record *record = fresh_record(key);
    return record != NULL && record->length >= 0 ? (size_t)record->length : graftis_fallback_ValueLength(key);
}

FALLBACK(char *, StringDMA, (void *, size_t *, int));
API(char *, StringDMA, (void *key, size_t *length, int mode)) {
    struct key_record *record = (mode & WRITE) == 0 && length != NULL ? fresh_record(key) : NULL;
    if (record == NULL || record->address == 0) return graftis_fallback_StringDMA(key, length, mode);
    *length = (size_t)record->length;
    return pointer_of(record->address);
}

/* Ends a key that only the shim knows; 0 where its name was freed more often than it may be, which JavaScript tells. */
static int close_here(struct key_record *record, int i) {
    int32_t *references = string_references(record->nameEntry);
    if (*string_serial(record->nameEntry) != record->nameSerial || *references < 2) return 0;
    --*references;
    ((double *)pointer_of(block->database.liveHandles))[i] = 0;
    ((double *)pointer_of(block->database.nextHandles))[i] = handle_after(record->handle);
    record->handle = 0;
    record->openedHere = 0;
    block->database.opened--;
    return 1;
}

FALLBACK(void, CloseKey, (void *));
API(void, CloseKey, (void *key)) {
    struct key_record *record = key_record(key);
    if (record != NULL && record->openedHere != 0) {
        if (close_here(record, (int)(record - block->keys))) return;
    } else if (record != NULL && has_deferred_room()) {
        record->handle = 0;
        defer(DEFERRED_CLOSE_KEY, (double)(uintptr_t)key);
        return;
    }
    graftis_fallback_CloseKey(key);
}
