/* Replies of RM_Call: see struct reply_record. */
#include "call-block.h"

enum { REPLY_STRING = 0, REPLY_ERROR = 1, REPLY_INTEGER = 2 };

static inline uint32_t index_of(const void *handle) { return (uint32_t)(uintptr_t)handle >> 3 & 0xffffff; }

static inline struct reply_record *reply_record(const void *reply) {
    uint32_t index = index_of(reply);
    if (reply == NULL || index >= REPLY_RECORDS || block == NULL) return NULL;
    struct reply_record *record = &block->replies[index];
    return record->handle == (double)(uintptr_t)reply ? record : NULL;
}

/* Other threads may read too: the record of a reply stays as it is until its owner frees the reply. */
static inline struct reply_record *own_record(const void *reply) {
    return on_host_thread() && block->context > 0 ? reply_record(reply) : NULL;
}

FALLBACK(int, CallReplyType, (void *));
API(int, CallReplyType, (void *reply)) {
    struct reply_record *record = reply_record(reply);
    return record != NULL ? (int)record->type : graftis_fallback_CallReplyType(reply);
}

FALLBACK(size_t, CallReplyLength, (void *));
API(size_t, CallReplyLength, (void *reply)) {
    struct reply_record *record = reply_record(reply);
    return record != NULL ? (size_t)record->length : graftis_fallback_CallReplyLength(reply);
}

FALLBACK(long long, CallReplyInteger, (void *));
API(long long, CallReplyInteger, (void *reply)) {
    struct reply_record *record = reply_record(reply);
    if (record == NULL || record->type != REPLY_INTEGER) return graftis_fallback_CallReplyInteger(reply);
    return (long long)record->number;
}

FALLBACK(const char *, CallReplyStringPtr, (void *, size_t *));
API(const char *, CallReplyStringPtr, (void *reply, size_t *length)) {
    struct reply_record *record = reply_record(reply);
    if (record == NULL || record->text == 0) return graftis_fallback_CallReplyStringPtr(reply, length);
    if (length != NULL) *length = (size_t)record->length;
    return pointer_of(record->text);
}

/* Frees a reply that only the shim knows. */
static void free_here(struct reply_record *record, int i) {
    ((double *)pointer_of(block->reads.liveHandles))[i] = 0;
    ((double *)pointer_of(block->reads.nextHandles))[i] = handle_after(record->handle);
    record->handle = 0;
    record->protocolBytes = 0;
    block->reads.opened--;
}

FALLBACK(void, FreeCallReply, (void *));
API(void, FreeCallReply, (void *reply)) {
    struct reply_record *record = own_record(reply);
    if (record != NULL && record->protocolBytes > 0) {
        free_here(record, (int)(record - block->replies));
        return;
    }
    if (record == NULL || !has_deferred_room()) {
        graftis_fallback_FreeCallReply(reply);
        return;
    }
    record->handle = 0;
    defer(DEFERRED_FREE_REPLY, (double)(uintptr_t)reply);
}
