/*
 * Replies: the protocol's bytes, written where the client's ReplyWriter will go on writing.
 *
 * The log of a command's replies is the free part of the writer's own buffer: from `at` up to `end`. JavaScript takes it
 * over by moving its position. Where a reply does not fit, or needs more than bytes (errors are counted), the callback
 * writes it, and makes room for those to come.
 *
 * Everything written here is, byte for byte, what src/protocol/reply.ts writes.
 */
#include "call-block.h"

/* A header or a number with its type, sign and CRLF. */
enum { NUMBER_ROOM = 32 };
/* Lengths beyond are left to the callback, so that sums of them do not overflow. */
static const size_t LONGEST = 1 << 30;
static const long long MOST_ELEMENTS = 1LL << 40;

/* The place for `bytes` more of a reply to `context`, NULL when there is none. */
static inline char *room(const void *context, size_t bytes) {
    if (!is_fast(context)) return NULL;
    if (bytes > (size_t)(block->end - block->at)) return NULL;
    return (char *)pointer_of(block->out) + block->at;
}

/* What was written ends at `end`, and is a whole element. */
static inline int written(const char *end) {
    block->at = (int32_t)(end - (char *)pointer_of(block->out));
    if (block->pending > 0) block->pending--;
    /* An element more than the reply has. */
    else block->pending = -1;
    return OK;
}

/* As above, for the head of an aggregate of `elements` elements. */
static inline int begun(const char *end, long long elements) {
    int counted = block->pending > 0 && elements < (1 << 24);
    int32_t pending = counted ? block->pending + (int32_t)elements : -1;
    written(end);
    block->pending = pending > 0 ? pending - 1 : -1;
    return OK;
}

static inline char *crlf(char *to) {
    *to++ = '\r';
    *to++ = '\n';
    return to;
}

static inline char *header(char *to, char type, uint64_t number) {
    *to++ = type;
    if (number < 10) *to++ = (char)('0' + number);
    else to = unsigned_number(to, number);
    return crlf(to);
}

static inline char *bulk(char *to, const char *text, size_t length) {
    to = header(to, '$', length);
    memcpy(to, text, length);
    return crlf(to + length);
}

/* Whether `length` bytes at `text` are something that can be copied. */
static inline int is_text(const char *text, size_t length) { return length <= LONGEST && (text != NULL || length == 0); }

static inline int resp3(void) { return block->resp == 3; }

FALLBACK(int, ReplyWithLongLong, (void *, long long));
API(int, ReplyWithLongLong, (void *ctx, long long number)) {
    char *to = room(ctx, NUMBER_ROOM);
    if (to == NULL) return graftis_fallback_ReplyWithLongLong(ctx, number);
    *to++ = ':';
    return written(crlf(signed_number(to, number)));
}

FALLBACK(int, ReplyWithSimpleString, (void *, const char *));
API(int, ReplyWithSimpleString, (void *ctx, const char *text)) {
    char *to = room(ctx, NUMBER_ROOM);
    if (to == NULL || text == NULL) return graftis_fallback_ReplyWithSimpleString(ctx, text);
    size_t length = length_of(text);
    if (length > LONGEST || room(ctx, length + 3) == NULL) return graftis_fallback_ReplyWithSimpleString(ctx, text);
    *to++ = '+';
    memcpy(to, text, length);
    return written(crlf(to + length));
}

FALLBACK(int, ReplyWithStringBuffer, (void *, const char *, size_t));
API(int, ReplyWithStringBuffer, (void *ctx, const char *text, size_t length)) {
    char *to = is_text(text, length) ? room(ctx, length + NUMBER_ROOM) : NULL;
    if (to == NULL) return graftis_fallback_ReplyWithStringBuffer(ctx, text, length);
    return written(bulk(to, text, length));
}

FALLBACK(int, ReplyWithCString, (void *, const char *));
API(int, ReplyWithCString, (void *ctx, const char *text)) {
    char *to = NULL;
    size_t length = 0;
    if (text != NULL && is_fast(ctx)) {
        length = length_of(text);
        if (length <= LONGEST) to = room(ctx, length + NUMBER_ROOM);
    }
    if (to == NULL) return graftis_fallback_ReplyWithCString(ctx, text);
    return written(bulk(to, text, length));
}

FALLBACK(int, ReplyWithString, (void *, const void *));
API(int, ReplyWithString, (void *ctx, const void *string)) {
    int entry = is_fast(ctx) ? string_entry(string) : -1;
    char *to = entry >= 0 ? room(ctx, (size_t)string_length(entry) + NUMBER_ROOM) : NULL;
    if (to == NULL) return graftis_fallback_ReplyWithString(ctx, string);
    return written(bulk(to, string_bytes(entry), (size_t)string_length(entry)));
}

FALLBACK(int, ReplyWithEmptyString, (void *));
API(int, ReplyWithEmptyString, (void *ctx)) {
    char *to = room(ctx, NUMBER_ROOM);
    if (to == NULL) return graftis_fallback_ReplyWithEmptyString(ctx);
    return written(bulk(to, "", 0));
}

FALLBACK(int, ReplyWithNull, (void *));
API(int, ReplyWithNull, (void *ctx)) {
    char *to = room(ctx, NUMBER_ROOM);
    if (to == NULL) return graftis_fallback_ReplyWithNull(ctx);
    memcpy(to, resp3() ? "_\r\n" : "$-1\r\n", 5);
    return written(to + (resp3() ? 3 : 5));
}

FALLBACK(int, ReplyWithNullArray, (void *));
API(int, ReplyWithNullArray, (void *ctx)) {
    char *to = room(ctx, NUMBER_ROOM);
    if (to == NULL) return graftis_fallback_ReplyWithNullArray(ctx);
    memcpy(to, resp3() ? "_\r\n\0" : "*-1\r\n", 5);
    return written(to + (resp3() ? 3 : 5));
}

FALLBACK(int, ReplyWithEmptyArray, (void *));
API(int, ReplyWithEmptyArray, (void *ctx)) {
    char *to = room(ctx, NUMBER_ROOM);
    if (to == NULL) return graftis_fallback_ReplyWithEmptyArray(ctx);
    return written(header(to, '*', 0));
}

FALLBACK(int, ReplyWithBool, (void *, int));
API(int, ReplyWithBool, (void *ctx, int value)) {
    char *to = room(ctx, NUMBER_ROOM);
    if (to == NULL) return graftis_fallback_ReplyWithBool(ctx, value);
    if (!resp3()) return written(header(to, ':', value != 0));
    *to++ = '#';
    *to++ = value != 0 ? 't' : 'f';
    return written(crlf(to));
}

/* Numbers that print as an integer of at most 15 digits; the others, and -0, take more than a loop. */
FALLBACK(int, ReplyWithDouble, (void *, double));
API(int, ReplyWithDouble, (void *ctx, double number)) {
    char *to = room(ctx, 2 * NUMBER_ROOM);
    int64_t whole = number > -1e15 && number < 1e15 ? (int64_t)number : 0;
    if (to == NULL || (double)whole != number || whole == 0) return graftis_fallback_ReplyWithDouble(ctx, number);
    char text[NUMBER_ROOM];
    size_t length = (size_t)(signed_number(text, whole) - text);
    if (!resp3()) return written(bulk(to, text, length));
    *to++ = ',';
    memcpy(to, text, length);
    return written(crlf(to + length));
}

FALLBACK(int, ReplyWithBigNumber, (void *, const char *, size_t));
API(int, ReplyWithBigNumber, (void *ctx, const char *digits, size_t length)) {
    char *to = is_text(digits, length) ? room(ctx, length + NUMBER_ROOM) : NULL;
    if (to == NULL) return graftis_fallback_ReplyWithBigNumber(ctx, digits, length);
    if (!resp3()) return written(bulk(to, digits, length));
    *to++ = '(';
    memcpy(to, digits, length);
    return written(crlf(to + length));
}

/* `format` has at most three bytes; shorter ones are filled up with blanks. */
static int verbatim(char *to, const char *text, size_t length, const char *format) {
    if (!resp3()) return written(bulk(to, text, length));
    to = header(to, '=', length + 4);
    for (int i = 0; i < 3; i++) *to++ = *format != 0 ? *format++ : ' ';
    *to++ = ':';
    memcpy(to, text, length);
    return written(crlf(to + length));
}

FALLBACK(int, ReplyWithVerbatimString, (void *, const char *, size_t));
API(int, ReplyWithVerbatimString, (void *ctx, const char *text, size_t length)) {
    char *to = is_text(text, length) ? room(ctx, length + NUMBER_ROOM) : NULL;
    if (to == NULL) return graftis_fallback_ReplyWithVerbatimString(ctx, text, length);
    return verbatim(to, text, length, "txt");
}

FALLBACK(int, ReplyWithVerbatimStringType, (void *, const char *, size_t, const char *));
API(int, ReplyWithVerbatimStringType, (void *ctx, const char *text, size_t length, const char *format)) {
    char *to = is_text(text, length) && format != NULL ? room(ctx, length + NUMBER_ROOM) : NULL;
    if (to == NULL) return graftis_fallback_ReplyWithVerbatimStringType(ctx, text, length, format);
    return verbatim(to, text, length, format);
}

/* An aggregate of `count` elements each of which is `width` replies; -1: the number is told later. NULL: not here. */
static inline int aggregate(char *to, char type, long count, int width) {
    if (count == -1) {
        block->postponed[block->postponedCount++] = block->at;
        block->pending = -1;
        return OK;
    }
    char shown = resp3() ? type : '*';
    uint64_t elements = (uint64_t)count * (uint64_t)width;
    return begun(header(to, shown, resp3() && type == '%' ? (uint64_t)count : elements), (long long)elements);
}

static inline char *aggregate_room(const void *ctx, long count) {
    if (count < -1 || count > MOST_ELEMENTS) return NULL;
    char *to = room(ctx, NUMBER_ROOM);
    return count == -1 && to != NULL && block->postponedCount == MAX_POSTPONED ? NULL : to;
}

FALLBACK(int, ReplyWithArray, (void *, long));
API(int, ReplyWithArray, (void *ctx, long count)) {
    char *to = aggregate_room(ctx, count);
    return to != NULL ? aggregate(to, '*', count, 1) : graftis_fallback_ReplyWithArray(ctx, count);
}

FALLBACK(int, ReplyWithMap, (void *, long));
API(int, ReplyWithMap, (void *ctx, long count)) {
    char *to = aggregate_room(ctx, count);
    return to != NULL ? aggregate(to, '%', count, 2) : graftis_fallback_ReplyWithMap(ctx, count);
}

FALLBACK(int, ReplyWithSet, (void *, long));
API(int, ReplyWithSet, (void *ctx, long count)) {
    char *to = aggregate_room(ctx, count);
    return to != NULL ? aggregate(to, '~', count, 1) : graftis_fallback_ReplyWithSet(ctx, count);
}

/* Puts the header of the aggregate that was begun last in front of its elements; 0 when that is not to be done here. */
static int finish(const void *ctx, char type, long count, int width) {
    if (room(ctx, NUMBER_ROOM) == NULL || block->postponedCount == 0 || count < 0 || count > MOST_ELEMENTS) return 0;
    char text[NUMBER_ROOM];
    int pairs = resp3() && type == '%';
    char *end = header(text, resp3() ? type : '*', (uint64_t)count * (uint64_t)(pairs ? 1 : width));
    size_t length = (size_t)(end - text);
    char *start = (char *)pointer_of(block->out) + block->postponed[--block->postponedCount];
    size_t moved = (size_t)((char *)pointer_of(block->out) + block->at - start);
    memmove(start + length, start, moved);
    memcpy(start, text, length);
    block->at += (int32_t)length;
    return 1;
}

FALLBACK(void, ReplySetArrayLength, (void *, long));
API(void, ReplySetArrayLength, (void *ctx, long count)) {
    if (!finish(ctx, '*', count, 1)) graftis_fallback_ReplySetArrayLength(ctx, count);
}

FALLBACK(void, ReplySetMapLength, (void *, long));
API(void, ReplySetMapLength, (void *ctx, long count)) {
    if (!finish(ctx, '%', count, 2)) graftis_fallback_ReplySetMapLength(ctx, count);
}

FALLBACK(void, ReplySetSetLength, (void *, long));
API(void, ReplySetSetLength, (void *ctx, long count)) {
    if (!finish(ctx, '~', count, 1)) graftis_fallback_ReplySetSetLength(ctx, count);
}
