/*
 * Functions with `...`: a callback cannot be one, so C reads the arguments as the format says and packs them into slots of
 * 64 bits, in their order, which the callback gets by address (src/module/abi/varargs.ts): integers of any type sign-extended
 * as the C type has them, doubles as their bits, a `long double` as the 16 bytes it takes in memory.
 *
 * A format that makes no sense ends the packing where the callback will stop reading too; what is wrong with it is the
 * callback's to say.
 */
#include "fork.h"
#include "reads.h"

/* Slots; bytes of a line of the log, which is cut there; bytes of an error's text. */
enum { MAX_SLOTS = 128, MAX_LINE = 1024, MAX_TEXT = 8192 };

struct packed {
    int count;
    uint64_t slots[MAX_SLOTS];
};

/* Room for what one letter or conversion takes. */
static inline int has_room(const struct packed *to) { return to->count + 4 <= MAX_SLOTS; }
static inline void put(struct packed *to, uint64_t word) { to->slots[to->count++] = word; }
static inline void put_pointer(struct packed *to, const void *pointer) { put(to, (uintptr_t)pointer); }

/* A va_list is an array on some processors, which functions cannot take by address: a structure can be. */
struct arguments {
    va_list list;
};

/* Bits of CallFlag in src/module/api/call-line.ts, -1 for a letter that is none. */
static int flag_of(char letter) {
    switch (letter) {
        case '!': return 1 << 0;
        case 'A': return 1 << 1;
        case 'R': return 1 << 2;
        case '3': return 1 << 3;
        case '0': return 1 << 4;
        case 'C': return 1 << 5;
        case 'S': return 1 << 6;
        case 'W': return 1 << 7;
        case 'E': return 1 << 8;
        case 'M': return 1 << 9;
        case 'D': return 1 << 10 | 1 << 8;
        case 'K': return 1 << 11;
        default: return -1;
    }
}

/* The format of RM_Call and its kin (src/module/api/call-line.ts). */
static void pack_line(struct packed *to, const char *format, struct arguments *from) {
    to->count = 0;
    for (; format != NULL && *format != 0 && has_room(to); format++) {
        switch (*format) {
            case 'c':
            case 's': put_pointer(to, va_arg(from->list, const void *)); break;
            case 'b':
            case 'v':
                put_pointer(to, va_arg(from->list, const void *));
                put(to, va_arg(from->list, size_t));
                break;
            case 'l': put(to, (uint64_t)va_arg(from->list, long long)); break;
            default:
                if (flag_of(*format) < 0) return;
        }
    }
}

static inline int is_one_of(char letter, const char *letters) {
    for (; *letters != 0; letters++)
        if (letter == *letters) return 1;
    return 0;
}

static const char *skip_number(const char *format) {
    while (*format >= '0' && *format <= '9') format++;
    return format;
}

/* One conversion; `size` is 0, 'l' for 64 bits, or 'L'. False for one that is not supported. */
static int pack_conversion(struct packed *to, char conversion, char size, struct arguments *from) {
    if (is_one_of(conversion, "diouxX")) {
        if (size != 0) put(to, (uint64_t)va_arg(from->list, long long));
        else put(to, (uint64_t)(int64_t)va_arg(from->list, int));
    } else if (conversion == 'c') {
        put(to, (uint64_t)(int64_t)va_arg(from->list, int));
    } else if (conversion == 's' || conversion == 'p') {
        put_pointer(to, va_arg(from->list, const void *));
    } else if (is_one_of(conversion, "eEfFgGaA")) {
        if (size == 'L') {
            long double number = va_arg(from->list, long double);
            put(to, 0);
            put(to, 0);
            memcpy(&to->slots[to->count - 2], &number, sizeof number);
        } else {
            double number = va_arg(from->list, double);
            put(to, 0);
            memcpy(&to->slots[to->count - 1], &number, sizeof number);
        }
    } else if (conversion != '%' && conversion != 'm') {
        return 0;
    }
    return 1;
}

/* The formats of printf (src/module/abi/printf.ts). */
static void pack_printf(struct packed *to, const char *format, struct arguments *from) {
    to->count = 0;
    while (format != NULL && *format != 0 && has_room(to)) {
        if (*format++ != '%') continue;
        while (*format != 0 && is_one_of(*format, "-+ #0'")) format++;
        if (*format == '*') {
            put(to, (uint64_t)(int64_t)va_arg(from->list, int));
            format++;
        } else format = skip_number(format);
        if (*format == '.') {
            if (*++format == '*') {
                put(to, (uint64_t)(int64_t)va_arg(from->list, int));
                format++;
            } else format = skip_number(format);
        }
        char size = 0;
        for (; *format != 0 && is_one_of(*format, "hlqjztL"); format++) {
            if (*format == 'h') size = 0;
            else size = *format == 'L' ? 'L' : 'l';
        }
        if (*format == 0 || !pack_conversion(to, *format, size, from)) return;
        format++;
    }
}

/* Pairs of pointers up to a NULL in the first's place. */
static void pack_pairs(struct packed *to, struct arguments *from) {
    to->count = 0;
    while (has_room(to)) {
        const void *first = va_arg(from->list, const void *);
        put_pointer(to, first);
        if (first == NULL) return;
        put_pointer(to, va_arg(from->list, const void *));
    }
}

/*
 * A command line, written where the callback's `Args` are: bytes one behind the other, offsets and lengths. What does not
 * fit, or is no string, leaves all to the callback.
 */
struct line {
    char *bytes;
    int32_t *offsets, *lengths;
    int32_t used, capacity, argc, arguments;
};

static struct line new_line(void) {
    const struct line_block *from = &block->line;
    return (struct line){.bytes = pointer_of(from->bytes),
                         .offsets = pointer_of(from->offsets),
                         .lengths = pointer_of(from->lengths),
                         .capacity = (int32_t)from->capacity,
                         .arguments = (int32_t)from->arguments};
}

static int add(struct line *line, const char *bytes, size_t length) {
    if (line->argc == line->arguments || length > (size_t)(line->capacity - line->used)) return 0;
    if (bytes == NULL && length > 0) return 0;
    memcpy(line->bytes + line->used, bytes, length);
    line->offsets[line->argc] = line->used;
    line->lengths[line->argc++] = (int32_t)length;
    line->used += (int32_t)length;
    return 1;
}

static int add_text(struct line *line, const char *text) { return text != NULL && add(line, text, length_of(text)); }

static int add_string(struct line *line, const void *string) {
    int entry = string_entry(string);
    return entry >= 0 && add(line, string_bytes(entry), (size_t)string_length(entry));
}

static int add_number(struct line *line, long long number) {
    char text[24];
    return add(line, text, (size_t)(signed_number(text, number) - text));
}

static int add_vector(struct line *line, void *const *strings, size_t count) {
    if (strings == NULL && count > 0) return 0;
    for (size_t i = 0; i < count; i++)
        if (!add_string(line, strings[i])) return 0;
    return 1;
}

/* Writes the line of `name` and `format`; 0 where that is not possible. */
static int fill(struct line *line, const char *name, const char *format, struct arguments *from, int *flags) {
    if (format == NULL || !add_text(line, name)) return 0;
    for (*flags = 0; *format != 0; format++) {
        int known;
        switch (*format) {
            case 'c': known = add_text(line, va_arg(from->list, const char *)); break;
            case 's': known = add_string(line, va_arg(from->list, const void *)); break;
            case 'b': {
                const char *bytes = va_arg(from->list, const char *);
                known = add(line, bytes, va_arg(from->list, size_t));
                break;
            }
            case 'l': known = add_number(line, va_arg(from->list, long long)); break;
            case 'v': {
                void *const *vector = va_arg(from->list, void *const *);
                known = add_vector(line, vector, va_arg(from->list, size_t));
                break;
            }
            default: {
                int flag = flag_of(*format);
                known = flag >= 0;
                *flags |= flag;
            }
        }
        if (!known) return 0;
    }
    return 1;
}

/* GET of the key that the arguments begin with; NULL where the command has to be run. */
static void *read_first(char letter, struct arguments *from) {
    const char *first = va_arg(from->list, const char *);
    if (letter == 's') {
        int entry = string_entry(first);
        return entry < 0 ? NULL : read_key(string_bytes(entry), (size_t)string_length(entry));
    }
    if (first == NULL) return NULL;
    return read_key(first, letter == 'c' ? length_of(first) : va_arg(from->list, size_t));
}

/* What RM_Call calls with a line that is filled: its number of arguments and the flags of its format. */
__attribute__((visibility("protected"))) void *(*graftis_filled_Call)(void *, int, int);

FALLBACK(void *, Call, (void *, const char *, const char *, const uint64_t *, int));
API(void *, Call, (void *ctx, const char *name, const char *format, ...)) {
    struct arguments from;
    if (is_plain_read(ctx, name, format)) {
        va_start(from.list, format);
        void *reply = read_first(*format, &from);
        va_end(from.list);
        if (reply != NULL) return reply;
    }
    if (is_fast(ctx)) {
        struct line line = new_line();
        int flags;
        va_start(from.list, format);
        int filled = fill(&line, name, format, &from, &flags);
        va_end(from.list);
        if (filled) return graftis_filled_Call(ctx, line.argc, flags);
    }
    struct packed packed;
    va_start(from.list, format);
    pack_line(&packed, format, &from);
    va_end(from.list);
    return graftis_fallback_Call(ctx, name, format, packed.slots, packed.count);
}

FALLBACK(int, Replicate, (void *, const char *, const char *, const uint64_t *, int));
API(int, Replicate, (void *ctx, const char *name, const char *format, ...)) {
    struct arguments from;
    struct packed packed;
    va_start(from.list, format);
    pack_line(&packed, format, &from);
    va_end(from.list);
    return graftis_fallback_Replicate(ctx, name, format, packed.slots, packed.count);
}

FALLBACK(int, HashSet, (void *, int, const uint64_t *, int));
API(int, HashSet, (void *key, int flags, ...)) {
    struct arguments from;
    struct packed packed;
    va_start(from.list, flags);
    pack_pairs(&packed, &from);
    va_end(from.list);
    return graftis_fallback_HashSet(key, flags, packed.slots, packed.count);
}

FALLBACK(int, HashGet, (void *, int, const uint64_t *, int));
API(int, HashGet, (void *key, int flags, ...)) {
    struct arguments from;
    struct packed packed;
    va_start(from.list, flags);
    pack_pairs(&packed, &from);
    va_end(from.list);
    return graftis_fallback_HashGet(key, flags, packed.slots, packed.count);
}

FALLBACK(void *, CreateStringPrintf, (void *, const char *, const uint64_t *, int));
API(void *, CreateStringPrintf, (void *ctx, const char *format, ...)) {
    struct arguments from;
    if (!on_host_thread() && format != NULL) {
        char nothing[1], *bytes;
        va_start(from.list, format);
        int length = libc.vsnprintf(nothing, sizeof nothing, format, from.list);
        va_end(from.list);
        void *string = length >= 0 ? new_string((size_t)length, &bytes) : NULL;
        if (string != NULL) {
            va_start(from.list, format);
            libc.vsnprintf(bytes, (size_t)length + 1, format, from.list);
            va_end(from.list);
            return given_string(ctx, string, (size_t)length);
        }
    }
    struct packed packed;
    va_start(from.list, format);
    pack_printf(&packed, format, &from);
    va_end(from.list);
    return graftis_fallback_CreateStringPrintf(ctx, format, packed.slots, packed.count);
}

/*
 * Texts of other threads are formatted by libc, on the thread itself, which does not wait then (posting.c); as is all that a
 * fork child says.
 */
__attribute__((visibility("protected"))) int (*graftis_filled_ReplyWithErrorFormat)(void *, const char *);
__attribute__((visibility("protected"))) void (*graftis_filled_Log)(void *, const char *, const char *);

FALLBACK(int, ReplyWithErrorFormat, (void *, const char *, const uint64_t *, int));
API(int, ReplyWithErrorFormat, (void *ctx, const char *format, ...)) {
    struct arguments from;
    if (!on_host_thread() && format != NULL) {
        char text[MAX_TEXT];
        va_start(from.list, format);
        int length = libc.vsnprintf(text, sizeof text, format, from.list);
        va_end(from.list);
        if (length >= 0 && length < MAX_TEXT) return graftis_filled_ReplyWithErrorFormat(ctx, text);
    }
    struct packed packed;
    va_start(from.list, format);
    pack_printf(&packed, format, &from);
    va_end(from.list);
    return graftis_fallback_ReplyWithErrorFormat(ctx, format, packed.slots, packed.count);
}

FALLBACK(void, Log, (void *, const char *, const char *, const uint64_t *, int));
API(void, Log, (void *ctx, const char *level, const char *format, ...)) {
    struct arguments from;
    if (!on_host_thread() && format != NULL && level != NULL) {
        char line[MAX_LINE];
        va_start(from.list, format);
        libc.vsnprintf(line, sizeof line, format, from.list);
        va_end(from.list);
        if (in_fork_child) child_log(level, line);
        else graftis_filled_Log(ctx, level, line);
        return;
    }
    struct packed packed;
    va_start(from.list, format);
    pack_printf(&packed, format, &from);
    va_end(from.list);
    graftis_fallback_Log(ctx, level, format, packed.slots, packed.count);
}
