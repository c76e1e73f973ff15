/* What compilers call for copies and clears that they do not write out: without libc they are ours to provide. */
#include "shim.h"

typedef struct {
    uint64_t words[2];
} block16;

static inline void copy16(unsigned char *to, const unsigned char *from) {
    block16 block;
    __builtin_memcpy(&block, from, sizeof block);
    __builtin_memcpy(to, &block, sizeof block);
}

/* Copies `size` bytes, a constant, from both ends of `length` bytes: all of them where size <= length <= 2 * size. */
#define COPY_ENDS(type)                                               \
    do {                                                              \
        type head, tail;                                              \
        __builtin_memcpy(&head, source, sizeof head);                 \
        __builtin_memcpy(&tail, source + length - sizeof tail, sizeof tail); \
        __builtin_memcpy(target, &head, sizeof head);                 \
        __builtin_memcpy(target + length - sizeof tail, &tail, sizeof tail); \
    } while (0)

/* From here on the processor's own copying is faster than a loop. */
enum { LONG_BYTES = 768 };

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
    unsigned char *target = to;
    const unsigned char *source = from;
    if (length <= 16) {
        if (length >= 8) COPY_ENDS(uint64_t);
        else if (length >= 4) COPY_ENDS(uint32_t);
        else if (length >= 2) COPY_ENDS(uint16_t);
        else if (length == 1) *target = *source;
        return to;
    }
#if defined(__x86_64__)
    if (length >= LONG_BYTES) {
        __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(length) : : "memory");
        return to;
    }
#endif
    unsigned char *last = target + length - 16;
    const unsigned char *lastSource = source + length - 16;
    for (; target < last; target += 16, source += 16) copy16(target, source);
    copy16(last, lastSource);
    return to;
}

void *memset(void *to, int byte, size_t length) {
    unsigned char *target = to;
    uint64_t word = 0x0101010101010101ull * (unsigned char)byte;
    for (; length >= 8; length -= 8, target += 8) __builtin_memcpy(target, &word, 8);
    while (length-- > 0) *target++ = (unsigned char)byte;
    return to;
}

void *memmove(void *to, const void *from, size_t length) {
    unsigned char *target = to;
    const unsigned char *source = from;
    if (target + length <= source || source + length <= target) return memcpy(to, from, length);
    if (target < source)
        for (size_t i = 0; i < length; i++) target[i] = source[i];
    else
        while (length-- > 0) target[length] = source[length];
    return to;
}

int memcmp(const void *a, const void *b, size_t length) {
    const unsigned char *left = a, *right = b;
    for (size_t i = 0; i < length; i++)
        if (left[i] != right[i]) return left[i] - right[i];
    return 0;
}
