/*
 * GET through RM_Call, the read that modules make most: where the key holds a short string and cannot expire, and nobody
 * listens to commands, the reply is made from the value where it lies. JavaScript counts the call later.
 */
#include "reads.h"

#include "lookup.h"

enum { REPLY_STRING = 0, MONOTONIC = 1, HEADER_ROOM = 16 };

static double microseconds(void) {
    struct timespec_words now;
    libc.clock_gettime(MONOTONIC, &now);
    return (double)now.seconds * 1e6 + (double)now.nanoseconds / 1e3;
}

/* The protocol as JavaScript has it once the text was handed out: a NUL for its CR, and one behind the end. */
static char *write_protocol(char *to, const struct entry *entry, struct reply_record *record) {
    uint32_t length = value_length(entry);
    *to++ = '$';
    to = unsigned_number(to, length);
    *to++ = '\r';
    *to++ = '\n';
    record->text = (double)(uintptr_t)to;
    record->length = length;
    memcpy(to, entry->value, length);
    to += length;
    *to++ = 0;
    *to++ = '\n';
    *to = 0;
    return to;
}

void *read_key(const char *key, size_t length) {
    struct entry entry;
    double start = microseconds();
    struct reads_block *reads = &block->reads;
    double *live = pointer_of(reads->liveHandles), *next = pointer_of(reads->nextHandles);
    int i = free_handle(live, OWN_REPLIES);
    if (i < 0 || !find_entry(key, length, &entry) || entry_type(&entry) != TYPE_STRING) return NULL;
    if (value_length(&entry) > REPLY_BYTES - HEADER_ROOM) return NULL;
    touch(&entry);
    struct reply_record *record = &block->replies[i];
    char *bytes = (char *)pointer_of(reads->bytes) + i * REPLY_BYTES;
    record->protocolBytes = (double)(write_protocol(bytes, &entry, record) - bytes);
    record->type = REPLY_STRING;
    record->number = 0;
    record->handle = live[i] = next[i];
    reads->opened++;
    reads->calls++;
    reads->microseconds += microseconds() - start;
    return (void *)(uintptr_t)(int64_t)record->handle;
}
