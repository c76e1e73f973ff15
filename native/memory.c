/*
 * RM_Free. In redis-server a string is an allocation like any other, and modules free strings with it. Here some strings
 * are (each in a block of malloc's), and some are not: the arguments of commands lie side by side.
 */
#include "call-block.h"

static void (*libc_free)(void *);
static uintptr_t slots_begin;
static uintptr_t slots_bytes;

void *(*string_malloc)(size_t);

/* Where the strings for arguments lie; free and malloc of the process, which libc's need not be. */
GRAFTIS_EXPORT void graftis_slots(uintptr_t begin, uintptr_t bytes, void (*release)(void *),
                                  void *(*take)(size_t)) {
    string_malloc = take;
    slots_begin = begin;
    slots_bytes = bytes;
    libc_free = release;
}

/* The first word of a string that is alive is its own address; nearly all other blocks are known by that not to be one. */
static inline int may_be_string(const void *pointer) {
    uintptr_t first;
    memcpy(&first, pointer, sizeof first);
    return first == (uintptr_t)pointer;
}

/* Of other threads: what looks like a string may just have been made, and the host not know it yet; it finds out in order. */
__attribute__((visibility("protected"))) void (*graftis_filled_Free)(void *);

FALLBACK(void, Free, (void *));
API(void, Free, (void *pointer)) {
    if ((uintptr_t)pointer - slots_begin < slots_bytes) graftis_fallback_Free(pointer);
    else if (pointer == NULL || !may_be_string(pointer)) libc_free(pointer);
    else if (!on_host_thread()) graftis_filled_Free(pointer);
    else if (find_string(pointer) >= 0) graftis_fallback_Free(pointer);
    else libc_free(pointer);
}
