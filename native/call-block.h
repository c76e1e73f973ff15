/*
 * What the host's JavaScript and the API functions of the shim know together: one block of words, and tables of strings.
 * The mirror of this file is src/module/abi/call-block.ts.
 *
 * A block belongs to one API table, and so to one JavaScript thread. Both sides write it, in turns: the shim's functions
 * while C code of a module runs on that thread, JavaScript while it does not (before and after the module's function, and
 * during callbacks). So nothing needs locks, and other threads must not touch it: `fast_context` compares the thread first.
 *
 * Addresses and 64-bit numbers are doubles, which is what JavaScript writes cheapest; all are below 2^53.
 *
 * A function that cannot answer by itself, for whatever reason, calls its fallback: the callback in JavaScript (or what
 * hands the call over to the thread it belongs to). The callback first takes over what the shim has done so far (`settle`
 * in call-block.ts). So an answer of the shim's is never different from the callback's, and every mistake of a module is
 * found and told in one place.
 */
#ifndef GRAFTIS_CALL_BLOCK_H
#define GRAFTIS_CALL_BLOCK_H

#include "shim.h"

/* In bytes.c. */
void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);

enum { OK = 0, ERR = 1 };
enum { MAX_POSTPONED = 32, MAX_DEFERRED = 64, KEY_RECORDS = 64, REPLY_RECORDS = 64, MAX_GIVEN = 16, OWN_KEYS = 8, OWN_REPLIES = 8 };
/* Room for the protocol of one reply that is made here, with a NUL behind it. */
enum { REPLY_BYTES = 4096 };

/* Something without a result that JavaScript does when the call is over, or in the next callback. */
struct deferred {
    double operation;
    double operand;
};
enum { DEFERRED_STRING_END = 0, DEFERRED_CLOSE_KEY = 1, DEFERRED_FREE_REPLY = 2 };

/* An open key, at the index of its handle. Valid in the epoch it was written in: any callback may change the value. */
struct key_record {
    double handle; /* 0: none, or closed since */
    double epoch;
    double type;    /* REDISMODULE_KEYTYPE_* */
    double length;  /* of strings; 0 for other types */
    double address; /* of a string's bytes, with a NUL behind them; 0: ask the callback */
    double name;    /* of keys that were opened here: the name's string, its entry and its life */
    int32_t nameEntry;
    int32_t nameSerial;
    double openedHere; /* 1: JavaScript does not know of the key yet */
};

/* A reply of RM_Call that is no aggregate, at the index of its handle. */
struct reply_record {
    double handle; /* 0: none, or freed since */
    double type;   /* REDISMODULE_REPLY_* */
    double text;   /* address of the text of strings and errors */
    double length; /* of that text */
    double number; /* of integers */
    double protocolBytes; /* 0, or the length of a reply's protocol that JavaScript does not know of yet */
};

/* The command line that RM_Call writes: as `Args` of src/protocol/args.ts, in memory of the host's. */
struct line_block {
    double bytes;    /* address */
    double capacity; /* bytes there */
    double offsets;  /* address of int32_t[arguments] */
    double lengths;
    double arguments;
};

/*
 * The database of the running command, while it can be read here: its bucket table (src/store/dict.ts), the arena's chunks
 * (src/memory/arena.ts), and handles for OWN_KEYS keys, which are the first ones of JavaScript's table (src/module/abi/handles.ts).
 */
struct database_block {
    double table;       /* address of uint32_t[mask + 1]; 0: not now */
    double chunks;      /* address of double[], 0 for chunks that are not known */
    double liveHandles; /* addresses of double[]: handles in use, and what comes next */
    double nextHandles;
    double pages;       /* address of uint32_t[]: the arena's page table (src/memory/page-runs.ts), 8 words a page */
    double classBytes;  /* address of uint32_t[]: sizes of small blocks by class */
    int32_t mask;
    int32_t seed0, seed1; /* of the hash */
    int32_t lruClock;
    int32_t hits;   /* look-ups that found something since JavaScript counted */
    int32_t opened; /* keys that JavaScript does not know of */
    int32_t unknownChunk; /* number of a chunk whose address was wanted, plus 1; 0: none */
    int32_t unused;
};

/*
 * GET through RM_Call, while nothing is out of the ordinary (`readsArePlain` of src/module/env.ts): handles for OWN_REPLIES
 * replies, as for keys, and memory for their protocol.
 */
struct reads_block {
    double liveHandles;
    double nextHandles;
    double bytes;        /* address of OWN_REPLIES times REPLY_BYTES */
    double microseconds; /* that the calls have taken since JavaScript counted */
    int32_t plain;
    int32_t calls;
    int32_t opened; /* replies that JavaScript does not know of */
    int32_t unused;
};

/* A command line on its way to a module's function: see graftis_run_command. */
struct given_block {
    double run;   /* address of the function */
    double bytes; /* address of the buffer that the arguments lie in */
    int32_t argc;
    int32_t kept; /* afterwards: arguments that the module has kept */
    int32_t left; /* afterwards, a bit for each argument that is not as it was: `entries` and `serials` say which string */
    int32_t unused;
    int32_t offsets[MAX_GIVEN];
    int32_t lengths[MAX_GIVEN];
    int32_t entries[MAX_GIVEN];
    int32_t serials[MAX_GIVEN];
};

struct call_block {
    double context;  /* address of the context whose C code runs now; -1: none that is answered here */
    double out;      /* address of its ReplyWriter's buffer */
    double clientId;
    double poolNext; /* RM_PoolAlloc: what is left of the context's block of memory */
    double poolEnd;
    double epoch;    /* see key_record */
    struct line_block line;
    int32_t at;  /* where in `out` the next reply goes */
    int32_t end; /* bytes of `out` that may be used; 0 without a writer */
    int32_t resp;
    int32_t dbIndex;
    int32_t contextFlags; /* -1: ask the callback */
    int32_t autoMemory;   /* RM_AutoMemory was called */
    int32_t moduleId;
    int32_t pending;      /* replies that are to come until the command's one reply is whole; -1: not counted */
    int32_t postponedCount;
    int32_t deferredCount;
    int32_t postponed[MAX_POSTPONED]; /* positions in `out` of aggregates without a length, innermost last */
    struct deferred deferred[MAX_DEFERRED];
    struct key_record keys[KEY_RECORDS];
    struct reply_record replies[REPLY_RECORDS];
    struct given_block given;
    struct database_block database;
    struct reads_block reads;
};

/*
 * The table of strings (src/module/abi/string-handles.ts): entry numbers by address, and what is known of each entry. The
 * strings of commands' arguments are not found by address: they lie side by side from `slotsBegin` on.
 */
struct string_tables {
    double slotsBegin;
    double slots;      /* how many */
    double index;      /* address of int32_t[mask + 1]: entry + 1, 0 is free (address-index.ts) */
    double mask;
    double records;    /* address of double[]: where the entry's record is, which is its handle */
    double references; /* address of int32_t[]: 0 for strings that are no more */
    double lengths;    /* address of int32_t[] */
    double addresses;  /* address of double[]: where the bytes are */
    double owners;     /* address of int32_t[] */
    double firstSlot;  /* entry of the first slot; the others follow */
    double nextSlot;   /* number of the slot that the next argument gets */
    double serials;    /* address of int32_t[]: lives of the entry */
    double data;       /* address of int32_t[]: -1 where the bytes are where they were first */
    double unused;
};
enum { SLOT_BYTES = 128 };

/* In numbers.c: writes decimal text, at most 20 bytes, and returns its end. */
/*
 * A string that another thread than the host's makes by itself, with `length` bytes to be filled in; NULL without memory.
 * `given_string` tells the host of it, in the order of the thread's calls, and returns it (strings.c).
 */
void *new_string(size_t length, char **bytes);
void *given_string(void *ctx, void *string, size_t length);

char *unsigned_number(char *to, uint64_t number);
char *signed_number(char *to, int64_t number);

static inline size_t length_of(const char *text) {
    size_t length = 0;
    while (text[length] != 0) length++;
    return length;
}

extern struct call_block *block;
extern struct string_tables *strings;
extern uintptr_t host_thread;

static inline uintptr_t thread_pointer(void) {
    uintptr_t pointer;
#if defined(__x86_64__)
    __asm__("mov %%fs:0, %0" : "=r"(pointer));
#else
    __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
#endif
    return pointer;
}

static inline int on_host_thread(void) { return thread_pointer() == host_thread; }

/* Whether `context` is the one whose calls are answered here, on the thread that they are answered on. */
static inline int is_fast(const void *context) {
    return on_host_thread() && block->context == (double)(intptr_t)context;
}

/* Handles of one entry of a table follow each other by this, and after so many comes the first again (handles.ts). */
static inline double handle_after(double handle) {
    const int64_t step = 134217728, generations = 1048576;
    int64_t generation = (int64_t)handle / step & (generations - 1);
    return handle + (double)((generation == generations - 1 ? 1 - generations : 1) * step);
}

/* The number of a handle that is not in use among `count` that are kept for the shim; -1 when all are. */
static inline int free_handle(const double *live, int count) {
    for (int i = 0; i < count; i++)
        if (live[i] == 0) return i;
    return -1;
}

static inline void *pointer_of(double address) { return (void *)(uintptr_t)(int64_t)address; }

/* The entry of a live string, -1 for any other address. Reads the tables only, never what the address points to. */
int find_string(const void *string);

/* As above, for addresses of which most are arguments of the running command. Only on the host's thread. */
static inline int string_entry(const void *string) {
    uint64_t offset = (uint64_t)(uintptr_t)string - (uint64_t)strings->slotsBegin;
    if (offset >= (uint64_t)strings->slots * SLOT_BYTES) return find_string(string);
    int entry = (int)(offset / SLOT_BYTES) + (int)strings->firstSlot;
    if (offset % SLOT_BYTES != 0 || ((int32_t *)pointer_of(strings->references))[entry] <= 0) return -1;
    return entry;
}

static inline int32_t *string_serial(int entry) { return (int32_t *)pointer_of(strings->serials) + entry; }
static inline int32_t string_length(int entry) { return ((int32_t *)pointer_of(strings->lengths))[entry]; }
static inline const char *string_bytes(int entry) { return pointer_of(((double *)pointer_of(strings->addresses))[entry]); }
static inline int32_t *string_references(int entry) { return (int32_t *)pointer_of(strings->references) + entry; }

/* Leaves something to JavaScript; there must be room. */
static inline int has_deferred_room(void) { return block->deferredCount < MAX_DEFERRED; }
static inline void defer(int operation, double operand) {
    struct deferred *next = &block->deferred[block->deferredCount++];
    next->operation = operation;
    next->operand = operand;
}

/*
 * `FALLBACK(int, ReplyWithNull, (void *ctx));` declares what graftis_api_ReplyWithNull calls when it cannot answer. The host
 * writes the address there when it makes its API table (api-table.ts).
 */
#define FALLBACK(returns, name, parameters) \
    __attribute__((visibility("protected"))) returns(*graftis_fallback_##name) parameters
#define API(returns, name, parameters) GRAFTIS_EXPORT returns graftis_api_##name parameters

#endif
