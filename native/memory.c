/*
 * RM_Free. In redis-server a string is an allocation like any other, and modules free strings with it. Here some strings
 * are (each in a block of malloc's), and some are not: the arguments of commands lie side by side.
 */
#include "call-block.h"

static void (*libc_free)(void *);
static uintptr_t slots_begin;
static uintptr_t slots_bytes;

/* Where the strings for arguments lie, and libc's free. */
GRAFTIS_EXPORT void graftis_slots(uintptr_t begin, uintptr_t bytes, void (*release)(void *)) {
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

FALLBACK(void, Free, (void *));
API(void, Free, (void *pointer)) {
    if ((uintptr_t)pointer - slots_begin < slots_bytes) graftis_fallback_Free(pointer);
    else if (pointer != NULL && may_be_string(pointer) && on_host_thread() && find_string(pointer) >= 0)
        graftis_fallback_Free(pointer);
    else libc_free(pointer);
}
