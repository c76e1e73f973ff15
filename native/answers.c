/* Answers from the words that JavaScript keeps up to date, and memory of the context. */
#include "call-block.h"

FALLBACK(int, GetSelectedDb, (void *));
API(int, GetSelectedDb, (void *ctx)) {
    return is_fast(ctx) ? block->dbIndex : graftis_fallback_GetSelectedDb(ctx);
}

FALLBACK(uint64_t, GetClientId, (void *));
API(uint64_t, GetClientId, (void *ctx)) {
    return is_fast(ctx) ? (uint64_t)block->clientId : graftis_fallback_GetClientId(ctx);
}

FALLBACK(int, GetContextFlags, (void *));
API(int, GetContextFlags, (void *ctx)) {
    return is_fast(ctx) && block->contextFlags >= 0 ? block->contextFlags : graftis_fallback_GetContextFlags(ctx);
}

FALLBACK(int, IsKeysPositionRequest, (void *));
API(int, IsKeysPositionRequest, (void *ctx)) {
    return is_fast(ctx) ? 0 : graftis_fallback_IsKeysPositionRequest(ctx);
}

FALLBACK(int, IsChannelsPositionRequest, (void *));
API(int, IsChannelsPositionRequest, (void *ctx)) {
    return is_fast(ctx) ? 0 : graftis_fallback_IsChannelsPositionRequest(ctx);
}

FALLBACK(void, AutoMemory, (void *));
API(void, AutoMemory, (void *ctx)) {
    if (is_fast(ctx)) block->autoMemory = 1;
    else graftis_fallback_AutoMemory(ctx);
}

/* As poolAlloc in src/module/abi/contexts.ts: aligned to the word, or to the size when that is smaller. */
FALLBACK(void *, PoolAlloc, (void *, size_t));
API(void *, PoolAlloc, (void *ctx, size_t bytes)) {
    if (is_fast(ctx) && block->poolNext > 0 && bytes > 0) {
        size_t align = sizeof(void *);
        while (align > bytes) align >>= 1;
        size_t next = ((size_t)block->poolNext + align - 1) & ~(align - 1);
        if (next < (size_t)block->poolEnd && bytes <= (size_t)block->poolEnd - next) {
            block->poolNext = (double)(next + bytes);
            return (void *)next;
        }
    }
    return graftis_fallback_PoolAlloc(ctx, bytes);
}
