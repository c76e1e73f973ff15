/* Names of the shim's own exported functions, from the tables that the dynamic linker uses (System V ABI, chapter 5). */
#include "crash.h"

struct dynamic {
    int64_t tag;
    uint64_t value;
};
struct symbol {
    uint32_t name;
    uint8_t info;
    uint8_t other;
    uint16_t section;
    uint64_t value;
    uint64_t size;
};
enum { DT_NONE = 0, DT_HASH = 4, DT_STRTAB = 5, DT_SYMTAB = 6 };

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const struct dynamic _DYNAMIC[] __attribute__((visibility("hidden")));

/* glibc has made addresses of offsets, musl has not. */
static const void *in_memory(uint64_t value) {
    uintptr_t base = (uintptr_t)__ehdr_start;
    return (const void *)(value < base ? base + value : value);
}

const char *own_function(uintptr_t address) {
    const uint32_t *hash = NULL;
    const char *strings = NULL;
    const struct symbol *symbols = NULL;
    for (const struct dynamic *entry = _DYNAMIC; entry->tag != DT_NONE; entry++) {
        if (entry->tag == DT_HASH) hash = in_memory(entry->value);
        if (entry->tag == DT_STRTAB) strings = in_memory(entry->value);
        if (entry->tag == DT_SYMTAB) symbols = in_memory(entry->value);
    }
    if (hash == NULL || strings == NULL || symbols == NULL) return NULL;
    uintptr_t offset = address - (uintptr_t)__ehdr_start;
    for (uint32_t i = 1; i < hash[1]; i++)
        if (symbols[i].section != 0 && offset >= symbols[i].value && offset < symbols[i].value + symbols[i].size)
            return strings + symbols[i].name;
    return NULL;
}
