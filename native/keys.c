/* Open keys, as RM_OpenKey (or the last callback that looked) found them: see struct key_record. */
#include "call-block.h"

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

FALLBACK(void, CloseKey, (void *));
API(void, CloseKey, (void *key)) {
    struct key_record *record = key_record(key);
    if (record == NULL || !has_deferred_room()) {
        graftis_fallback_CloseKey(key);
        return;
    }
    record->handle = 0;
    defer(DEFERRED_CLOSE_KEY, (double)(uintptr_t)key);
}
