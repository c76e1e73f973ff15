/* Strings: what modules read of them, and counting references to them. */
#include "call-block.h"
#include "fork.h"
#include "syscall.h"

#define SYS_PROCESS_VM_READV NUMBER(310, 270)
#define SYS_GETPID NUMBER(39, 172)

/* Digits of a number that fits in 64 bits whatever they are. */
enum { SAFE_DIGITS = 18 };

/* The record in front of a string's bytes (src/module/abi/string-handles.ts). */
struct string_record {
    uintptr_t handle; /* its own address; 0 in a string that was freed */
    const char *bytes;
    size_t length;
    uint64_t nothing;
};

/*
 * The record of a live string for other threads, which must not look at the tables: JavaScript changes them. The address
 * may be anything, so the system is asked to copy what is there.
 */
static int copy_record(struct string_record *to, const void *string) {
    struct {
        void *start;
        size_t length;
    } here = {to, sizeof *to}, there = {(void *)string, sizeof *to};
    long copied = SYSCALL(SYS_PROCESS_VM_READV, SYSCALL(SYS_GETPID, 0, 0, 0, 0, 0, 0), &here, 1, &there, 1, 0);
    return copied == sizeof *to && to->handle == (uintptr_t)string;
}

/* Memory for strings comes from where the host gives it back to. */
extern void *(*string_malloc)(size_t);
enum { MOST_BYTES = 1 << 28 };

void *new_string(size_t length, char **bytes) {
    struct string_record *record = length <= MOST_BYTES ? string_malloc(sizeof *record + length + 1) : NULL;
    if (record == NULL) return NULL;
    *bytes = (char *)(record + 1);
    (*bytes)[length] = 0;
    *record = (struct string_record){.handle = (uintptr_t)record, .bytes = *bytes, .length = length};
    return record;
}

__attribute__((visibility("protected"))) void (*graftis_filled_CreateString)(void *, void *, size_t);

void *given_string(void *ctx, void *string, size_t length) {
    if (!in_fork_child) graftis_filled_CreateString(ctx, string, length);
    return string;
}

static void *copied_string(void *ctx, const char *from, size_t length) {
    char *bytes;
    void *string = new_string(length, &bytes);
    if (string == NULL) return NULL;
    memcpy(bytes, from, length);
    return given_string(ctx, string, length);
}

FALLBACK(void *, CreateString, (void *, const char *, size_t));
API(void *, CreateString, (void *ctx, const char *from, size_t length)) {
    void *string = NULL;
    if (!on_host_thread() && from != NULL) string = copied_string(ctx, from, length);
    return string != NULL ? string : graftis_fallback_CreateString(ctx, from, length);
}

FALLBACK(void *, CreateStringFromLongLong, (void *, long long));
API(void *, CreateStringFromLongLong, (void *ctx, long long number)) {
    char text[24];
    void *string = NULL;
    if (!on_host_thread()) string = copied_string(ctx, text, (size_t)(signed_number(text, number) - text));
    return string != NULL ? string : graftis_fallback_CreateStringFromLongLong(ctx, number);
}

FALLBACK(void *, CreateStringFromString, (void *, const void *));
API(void *, CreateStringFromString, (void *ctx, const void *from)) {
    struct string_record record;
    void *string = NULL;
    if (!on_host_thread() && from != NULL && copy_record(&record, from)) string = copied_string(ctx, record.bytes, record.length);
    return string != NULL ? string : graftis_fallback_CreateStringFromString(ctx, from);
}

FALLBACK(const char *, StringPtrLen, (const void *, size_t *));
API(const char *, StringPtrLen, (const void *string, size_t *length)) {
    struct string_record record;
    if (!on_host_thread() && string != NULL && copy_record(&record, string)) {
        if (length != NULL) *length = record.length;
        return record.bytes;
    }
    int entry = on_host_thread() ? string_entry(string) : -1;
    if (entry < 0) return graftis_fallback_StringPtrLen(string, length);
    if (length != NULL) *length = (size_t)string_length(entry);
    return string_bytes(entry);
}

/* Whether the text is that of an integer, as redis-server writes them: no sign but `-`, no zeros in front. */
static int parse_integer(const char *text, int32_t length, long long *number) {
    int negative = length > 0 && text[0] == '-';
    const char *digit = text + negative, *end = text + length;
    if (digit == end || end - digit > SAFE_DIGITS) return 0;
    if (*digit == '0') {
        *number = 0;
        return length == 1;
    }
    long long value = 0;
    for (; digit < end; digit++) {
        if (*digit < '0' || *digit > '9') return 0;
        value = value * 10 + (*digit - '0');
    }
    *number = negative ? -value : value;
    return 1;
}

FALLBACK(int, StringToLongLong, (const void *, long long *));
API(int, StringToLongLong, (const void *string, long long *number)) {
    long long value;
    int entry = on_host_thread() ? string_entry(string) : -1;
    /* Texts that are no numbers are rare, and worth a word while a module loads. */
    if (entry < 0 || number == NULL || !parse_integer(string_bytes(entry), string_length(entry), &value))
        return graftis_fallback_StringToLongLong(string, number);
    *number = value;
    return OK;
}

/* Whether references are counted here for calls with this context, which may be NULL; never where automatic memory counts. */
static inline int counts_references(const void *ctx) {
    if (!on_host_thread() || block->context <= 0) return 0;
    return ctx == NULL || (block->context == (double)(intptr_t)ctx && !block->autoMemory);
}

/* One reference more, which belongs to the module whose call this is. False: not here. */
static inline int retain(const void *ctx, const void *string) {
    int entry = counts_references(ctx) ? string_entry(string) : -1;
    if (entry < 0) return 0;
    ++*string_references(entry);
    ((int32_t *)pointer_of(strings->owners))[entry] = block->moduleId;
    return 1;
}

FALLBACK(void, RetainString, (void *, void *));
API(void, RetainString, (void *ctx, void *string)) {
    if (!retain(ctx, string)) graftis_fallback_RetainString(ctx, string);
}

FALLBACK(void *, HoldString, (void *, void *));
API(void *, HoldString, (void *ctx, void *string)) {
    return retain(ctx, string) ? string : graftis_fallback_HoldString(ctx, string);
}

FALLBACK(void, FreeString, (void *, void *));
API(void, FreeString, (void *ctx, void *string)) {
    int entry = counts_references(ctx) && has_deferred_room() ? string_entry(string) : -1;
    if (entry < 0) {
        graftis_fallback_FreeString(ctx, string);
        return;
    }
    /* Nobody finds the string from now on; what it took is given back later. */
    if (--*string_references(entry) == 0) defer(DEFERRED_STRING_END, entry);
}
