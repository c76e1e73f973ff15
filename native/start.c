/* The first call of the host. */
#include "shim.h"

struct libc_functions libc;

/* Takes the functions of libc: `count` addresses, none of them 0. Returns 0, or -1 when the host has other ones in mind. */
GRAFTIS_EXPORT int graftis_start(const uintptr_t *functions, size_t count) {
    if (count != sizeof libc / sizeof(uintptr_t)) return -1;
    for (size_t i = 0; i < count; i++) ((uintptr_t *)&libc)[i] = functions[i];
    return 0;
}
