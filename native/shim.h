/*
 * The native shim: what the files of native/ share. ARCHITECTURE.md says what the shim is for.
 *
 * Freestanding: no libc. System calls are in syscall.h, memcpy and its like in bytes.c, and the few functions of libc that
 * are needed all the same are handed over by the host when it opens the library (start.c), so that one build serves every
 * libc.
 *
 * The host opens a copy of the library of its own for every copy of itself in the process (src/memory/shim.ts), so static
 * variables belong to one API table. What belongs to one server is in blocks that the host hands over.
 *
 * Names: GRAFTIS_EXPORT functions begin with `graftis_`; those that GetApi hands out with `graftis_api_`, and then go on
 * with the name of the API function without its prefix.
 */
#ifndef GRAFTIS_SHIM_H
#define GRAFTIS_SHIM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Counts changes of what the host and the library say to each other: functions, their arguments, blocks that both write.
 * The host opens no library with another number than its own (SHIM_INTERFACE in src/memory/shim.ts).
 */
#define GRAFTIS_INTERFACE 1

#define GRAFTIS_EXPORT __attribute__((visibility("default")))

struct timespec_words {
    int64_t seconds;
    int64_t nanoseconds;
};

/* Functions of libc, in the order in which the host lists their addresses (LIBC_FUNCTIONS in src/memory/shim.ts). */
struct libc_functions {
    int (*clock_gettime)(int clock, struct timespec_words *now);
    int *(*errno_location)(void);
    void *(*malloc)(size_t size);
    void (*free)(void *memory);
    int (*vsnprintf)(char *text, size_t size, const char *format, va_list arguments);
    int (*fork)(void);
};

/* Set before any other function of the library is called. */
extern struct libc_functions libc;

#endif
