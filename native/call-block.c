/* The blocks, and the strings of modules as the shim sees them: see call-block.h. */
#include "call-block.h"

struct call_block *block;
struct string_tables *strings;
uintptr_t host_thread;

/*
 * Takes the two blocks, from the thread that they belong to; before that no function of the API may be called. Their sizes
 * in bytes are what JavaScript believes them to be: -1 when that is wrong.
 */
GRAFTIS_EXPORT int graftis_call_block(struct call_block *calls, size_t callBytes, struct string_tables *tables,
                                      size_t tableBytes) {
    if (callBytes != sizeof *calls || tableBytes != sizeof *tables) return -1;
    block = calls;
    strings = tables;
    host_thread = thread_pointer();
    return 0;
}

int find_string(const void *string) {
    const int32_t *index = pointer_of(strings->index);
    const double *records = pointer_of(strings->records);
    uint32_t mask = (uint32_t)strings->mask;
    double address = (double)(uintptr_t)string;
    uint32_t slot = ((uint32_t)((uintptr_t)string >> 4) * 0x9e3779b1u) >> 7 & mask;
    for (;; slot = (slot + 1) & mask) {
        int32_t entry = index[slot] - 1;
        if (entry < 0) return -1;
        if (records[entry] == address) return *string_references(entry) > 0 ? entry : -1;
    }
}
