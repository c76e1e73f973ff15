/*
 * Calls of foreign threads that do not wait for the main thread: what Redis allows without the lock.
 *
 * Their result is known in advance: replies go to the buffer of a blocked client and succeed, a free returns nothing. So
 * the call is copied, with the bytes that it points to, and posted; the main thread makes it later, in the order in which
 * the thread made its calls. A thread that calls them under a mutex of its module, which the main thread wants too, goes
 * on. A *recipe*, one character for each argument, says what is to be copied:
 *
 *   v   the register as it is: a context, a handle, a number
 *   n   the same, but not NULL
 *   s   a C string
 *   b   bytes; their length is the next argument
 *   c   a context that is freed
 *   t   no argument of the module's: the time of the call, microseconds of the monotonic clock
 *
 * What cannot be copied (NULL, more than MAX_BYTES) is handed over like any other call, so that it meets the same checks.
 */
#include "posting.h"

enum { MAX_ARGUMENTS = 4, MAX_BYTES = 16 << 20, WAKE_EVERY = 512 };

struct recipe {
    char arguments[MAX_ARGUMENTS + 1];
    /* The main loop is to see it at once; else when it looks next. */
    uint8_t wakes;
    /* Row whose callback is called. */
    uint16_t callback;
    int8_t result;
};

static struct recipe recipes[MAX_CALLS];

/* Calls of row `index` are posted, as calls of row `callback`. */
GRAFTIS_EXPORT void graftis_set_recipe(uint32_t index, const char *arguments, uint32_t callback, int result, int wakes) {
    struct recipe *recipe = &recipes[index];
    size_t i = 0;
    for (; i < MAX_ARGUMENTS && arguments[i] != 0; i++) recipe->arguments[i] = arguments[i];
    recipe->arguments[i] = 0;
    recipe->callback = (uint16_t)callback;
    recipe->result = (int8_t)result;
    recipe->wakes = (uint8_t)wakes;
}

static size_t c_string_bytes(const char *string) {
    size_t length = 0;
    while (string[length] != 0) length++;
    return length + 1;
}

/* Bytes to be copied for an argument; -1 when the call cannot be posted. */
static int64_t wanted_bytes(const struct call_frame *frame, char kind, int argument) {
    uint64_t value = frame->integers[argument];
    if (kind == 'v' || kind == 'c' || kind == 't') return 0;
    if (value == 0) return -1;
    if (kind == 'n') return 0;
    if (kind == 's') return (int64_t)c_string_bytes((const char *)value);
    uint64_t length = frame->integers[argument + 1];
    return length > MAX_BYTES ? -1 : (int64_t)length;
}

static int64_t now_us(void) {
    struct timespec_words now;
    libc.clock_gettime(1, &now);
    return now.seconds * 1000000 + now.nanoseconds / 1000;
}

/* Puts an argument into the copy of a call; its bytes go to `bytes`. */
static void copy_argument(struct call_frame *copy, const struct call_frame *frame, char kind, int argument, char *bytes,
                          size_t size) {
    if (kind == 't') copy->integers[argument] = (uint64_t)now_us();
    if (kind == 'c') note_freed_context(frame->integers[argument]);
    if (kind == 'v' || kind == 'n' || kind == 'c' || kind == 't') return;
    memcpy(bytes, (const void *)frame->integers[argument], size);
    copy->integers[argument] = (uint64_t)bytes;
}

int post_call(struct call_frame *frame, uint32_t index) {
    const struct recipe *recipe = &recipes[index];
    const char *kinds = recipe->arguments;
    if (kinds[0] == 0) return 0;
    size_t sizes[MAX_ARGUMENTS], total = 0;
    int count = 0;
    for (; kinds[count] != 0; count++) {
        int64_t size = wanted_bytes(frame, kinds[count], count);
        if (size < 0) return 0;
        sizes[count] = (size_t)size;
        total += (size_t)size;
    }
    char *bytes;
    struct request *request = new_post(recipe->callback, frame, total, &bytes);
    if (request == NULL) return 0;
    for (int i = 0; i < count; bytes += sizes[i++]) copy_argument(request->frame, frame, kinds[i], i, bytes, sizes[i]);
    frame->result = (uint64_t)(int64_t)recipe->result;
    frame->result_double = 0;
    post(request, recipe->wakes || __atomic_load_n(&requests_posted, __ATOMIC_RELAXED) % WAKE_EVERY == 0);
    return 1;
}
