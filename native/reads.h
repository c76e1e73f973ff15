/* GET through RM_Call. */
#ifndef GRAFTIS_READS_H
#define GRAFTIS_READS_H

#include "call-block.h"

/* Whether a call of the command `name` with a format of one letter may be answered by `read_key`. */
static inline int is_plain_read(const void *ctx, const char *name, const char *format) {
    if (!is_fast(ctx) || !block->reads.plain || block->autoMemory || name == NULL || format == NULL) return 0;
    if ((name[0] | 32) != 'g' || (name[1] | 32) != 'e' || (name[2] | 32) != 't' || name[3] != 0) return 0;
    return (format[0] == 's' || format[0] == 'c' || format[0] == 'b') && format[1] == 0;
}

/* The reply with the string of a key; NULL where the command has to be run. */
void *read_key(const char *key, size_t length);

#endif
