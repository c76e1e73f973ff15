/*
 * Last words: when a signal ends the process inside of native code, a report goes to the log, and then the signal takes its
 * usual course (a core file, the status that the parent sees).
 *
 * The handler runs on a stack of its own where the thread has one (the main thread has), calls nothing but the kernel, and
 * reads nothing but what the kernel says is mapped, the host's block, and the interrupted thread's stack up to its end.
 *
 * V8 has a handler for SIGSEGV of its own, for code it has compiled from WebAssembly. That code lies in mappings without a
 * file: a fault in such a mapping is passed to the handler that was there before, and is reported only when that one gives
 * up, which it does by taking the handler away.
 */
#include "crash.h"

enum { SIG_ILL = 4, SIG_ABRT = 6, SIG_BUS = 7, SIG_FPE = 8, SIG_SEGV = 11 };
enum { ALTERNATE_STACK_BYTES = 65536, MAX_FRAMES = 48, MAX_STACK_BYTES = 131072 };
#define RT_SIGACTION NUMBER(13, 134)
#define SIGALTSTACK NUMBER(131, 132)
#define TGKILL NUMBER(234, 131)
#define GETPID NUMBER(39, 172)
#define GETTID NUMBER(186, 178)
#define OPENAT NUMBER(257, 56)
#define PPOLL NUMBER(271, 73)
enum { AT_CWD = -100, WRITE_APPEND_CREATE_CLOEXEC = 01 | 02000 | 0100 | 02000000 };

struct signal_info {
    int32_t signal;
    int32_t error;
    int32_t code;
    int32_t padding;
    uintptr_t address;
};

typedef void signal_handler(int signal, struct signal_info *info, void *context);

/* As the kernel has it. */
struct action {
    signal_handler *handler;
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};
#define SA_SIGINFO_ON_STACK (4ull | 0x08000000ull)
#define SA_HAS_RESTORER 0x04000000ull

static const struct {
    int number;
    const char *name;
} SIGNALS[] = {{SIG_SEGV, "SIGSEGV"}, {SIG_BUS, "SIGBUS"}, {SIG_FPE, "SIGFPE"}, {SIG_ILL, "SIGILL"}, {SIG_ABRT, "SIGABRT"}};
enum { SIGNAL_COUNT = 5 };

static const struct crash_block *block;
static struct action before[SIGNAL_COUNT];
static int isWatching;
static int reporting;
static char alternateStack[ALTERNATE_STACK_BYTES] __attribute__((aligned(16)));
static struct line line;

#if defined(__x86_64__)
__attribute__((naked)) static void restorer(void) { __asm__("mov $15, %eax\n\tsyscall"); }

static const char *const REGISTERS[] = {"R8",  "R9",  "R10", "R11", "R12", "R13", "R14", "R15", "RDI",
                                        "RSI", "RBP", "RBX", "RDX", "RAX", "RCX", "RSP", "RIP", "EFL"};
enum { REGISTER_COUNT = 18, CONTEXT_OFFSET = 40, STACK_POINTER = 15, PROGRAM_COUNTER = 16 };
#else
static const char *const REGISTERS[] = {"X0",  "X1",  "X2",  "X3",  "X4",  "X5",  "X6",  "X7",  "X8",  "X9",  "X10", "X11",
                                        "X12", "X13", "X14", "X15", "X16", "X17", "X18", "X19", "X20", "X21", "X22", "X23",
                                        "X24", "X25", "X26", "X27", "X28", "X29", "X30", "SP",  "PC",  "PSTATE"};
/* Behind the fault's address. */
enum { REGISTER_COUNT = 34, CONTEXT_OFFSET = 184, STACK_POINTER = 31, PROGRAM_COUNTER = 32, LINK = 30 };
#endif

static const char *text_at(double address) { return (const char *)(uintptr_t)address; }
static const int32_t *words_at(double address) { return (const int32_t *)(uintptr_t)address; }

static const char *name_of(double table, int count, int number) {
    if (table == 0 || number <= 0 || number >= count) return NULL;
    return text_at(table) + (size_t)number * NAME_BYTES;
}

static void field(const char *label, const char *value) {
    add_text(&line, label);
    add_text(&line, value == NULL ? "none" : value);
}

static const char API_PREFIX[] = "graftis_api_";

/* The API function of the shim's that an address is in, without any prefix. */
static const char *shim_function(uintptr_t address) {
    const char *name = own_function(address);
    for (const char *prefix = API_PREFIX; name != NULL && *prefix != 0; prefix++, name++)
        if (*name != *prefix) return NULL;
    return name;
}

static int is_own(const struct mapping *mapping) {
    uintptr_t own = (uintptr_t)&shim_function;
    return own >= mapping->from && own < mapping->to;
}

/* One line of the call stack. */
static void frame(int number, uintptr_t address) {
    const struct mapping *mapping = code_at(address);
    add_number(&line, number);
    add_text(&line, "  ");
    if (mapping == NULL) add_text(&line, "no code");
    else {
        add_text(&line, mapping_name(mapping));
        add_text(&line, "(+");
        add_hex(&line, address - mapping->from + mapping->offset);
        add_text(&line, ")");
        const char *function = is_own(mapping) ? shim_function(address) : NULL;
        if (function != NULL) field(" in RedisModule_", function);
    }
    add_text(&line, " [");
    add_hex(&line, address);
    add_text(&line, "]");
    end_line(&line, 0);
}

/* What returns on the stack: each word that points behind a call. Modules are compiled without frame pointers. */
static uintptr_t next_return(uintptr_t *at, uintptr_t end) {
    for (; *at + sizeof(uintptr_t) <= end; *at += sizeof(uintptr_t)) {
        uintptr_t word = *(const uintptr_t *)*at;
        const struct mapping *mapping = code_at(word);
        if (mapping == NULL || !mapping->isFile || !follows_call(mapping, word)) continue;
        *at += sizeof(uintptr_t);
        return word;
    }
    return 0;
}

/* Where the words of the interrupted thread's stack begin; returns where they end. */
static uintptr_t find_stack(const uint64_t *registers, uintptr_t *from) {
    const struct mapping *stack = stack_mapping();
    *from = registers[STACK_POINTER] & ~(uintptr_t)7;
    if (stack == NULL || !stack->isReadable) return *from;
    if (*from < stack->from) *from = stack->from;
    return stack->to - *from > MAX_STACK_BYTES ? *from + MAX_STACK_BYTES : stack->to;
}

static void write_stack(const uint64_t *registers) {
    uintptr_t at;
    uintptr_t end = find_stack(registers, &at);
    int number = 0;
    frame(number++, registers[PROGRAM_COUNTER]);
#if defined(__aarch64__)
    frame(number++, registers[LINK]);
#endif
    for (uintptr_t word; number < MAX_FRAMES && (word = next_return(&at, end)) != 0;) frame(number++, word);
}

/* Tells of the API function in progress: the one of the shim's that the module called, or the one that JavaScript is in. */
static void write_function(const uint64_t *registers) {
    uintptr_t address = registers[PROGRAM_COUNTER];
    uintptr_t at;
    uintptr_t end = find_stack(registers, &at);
    const char *called = NULL;
    for (const struct mapping *mapping; address != 0 && (mapping = code_at(address)) != NULL && is_own(mapping);) {
        const char *function = shim_function(address);
        if (function != NULL) called = function;
        address = next_return(&at, end);
    }
    if (called != NULL) field("RedisModule_", called);
    else field("", block->api == 0 ? NULL : name_of(block->apiNames, block->apiCount, *words_at(block->api)));
}

static void write_registers(const uint64_t *registers) {
    for (int i = 0; i < REGISTER_COUNT; i++) {
        add_text(&line, REGISTERS[i]);
        add_text(&line, ":");
        add_hex(&line, registers[i]);
        if (i % 4 == 3 || i == REGISTER_COUNT - 1) end_line(&line, 0);
        else add_text(&line, " ");
    }
}

static void heading(const char *text) {
    end_line(&line, 0);
    add_text(&line, text);
    end_line(&line, 0);
}

static void write_activity(const uint64_t *registers, int onMainThread) {
    const int32_t *activity = block->activity == 0 ? NULL : words_at(block->activity);
    int calls = onMainThread && activity != NULL && (activity[0] & 1) != 0;
    field("Module: ", calls ? name_of(block->names, block->nameCount, activity[1]) : NULL);
    field(", command: ", calls ? name_of(block->names, block->nameCount, activity[2]) : NULL);
    add_text(&line, ", API function: ");
    if (onMainThread) write_function(registers);
    else add_text(&line, "unknown, since this is another thread than the main one");
    end_line(&line, 1);
    for (const char *text = text_at(block->missing); text != NULL && *text != 0;) {
        /* One line for each module. */
        char part[900];
        int length = 0;
        while (*text != 0 && *text != '\n' && length < (int)sizeof part - 1) part[length++] = *text++;
        while (*text != 0 && *text != '\n') text++;
        if (*text == '\n') text++;
        part[length] = 0;
        add_text(&line, part);
        end_line(&line, 1);
    }
}

static void report(int which, const struct signal_info *info, const uint64_t *registers, int onMainThread) {
    const char *path = text_at(block->path);
    line.fd = 1;
    if (*path != 0) line.fd = (int)SYSCALL(OPENAT, AT_CWD, path, WRITE_APPEND_CREATE_CLOEXEC, 0644, 0, 0);
    line_head(&line, block);
    heading("=== REDIS BUG REPORT START: Cut & paste starting from here ===");
    add_text(&line, text_at(block->version));
    add_text(&line, " crashed by signal: ");
    add_number(&line, SIGNALS[which].number);
    field(", ", SIGNALS[which].name);
    add_text(&line, ", si_code: ");
    add_number(&line, info->code);
    end_line(&line, 1);
    if (info->code > 0 && SIGNALS[which].number != SIG_ABRT) {
        add_text(&line, "Accessing address: ");
        add_hex(&line, info->address);
        end_line(&line, 1);
    }
    add_text(&line, "Crashed running the instruction at: ");
    add_hex(&line, registers[PROGRAM_COUNTER]);
    end_line(&line, 1);
    write_activity(registers, onMainThread);
    heading("------ STACK TRACE ------");
    write_stack(registers);
    heading("------ REGISTERS ------");
    write_registers(registers);
    heading("=== REDIS BUG REPORT END. ===");
    end_line(&line, 0);
}

static int index_of(int signal) {
    for (int i = 0; i < SIGNAL_COUNT; i++)
        if (SIGNALS[i].number == signal) return i;
    return 0;
}

static void on_signal(int signal, struct signal_info *info, void *context);

static int is_ours(int signal) {
    struct action now;
    SYSCALL(RT_SIGACTION, signal, 0, &now, 8, 0, 0);
    return now.handler == on_signal;
}

static void on_signal(int signal, struct signal_info *info, void *context) {
    int which = index_of(signal);
    const uint64_t *registers = (const uint64_t *)((const char *)context + CONTEXT_OFFSET);
    int process = (int)SYSCALL(GETPID, 0, 0, 0, 0, 0, 0);
    int thread = (int)SYSCALL(GETTID, 0, 0, 0, 0, 0, 0);
    /* A second thread that crashes meanwhile waits for the end. */
    static const struct timespec_words MILLISECOND = {0, 1000000};
    while (__atomic_exchange_n(&reporting, 1, __ATOMIC_ACQUIRE)) SYSCALL(PPOLL, 0, 0, &MILLISECOND, 0, 0, 0);
    read_maps(registers[STACK_POINTER]);
    const struct mapping *mapping = code_at(registers[PROGRAM_COUNTER]);
    if (mapping != NULL && !mapping->isFile && (uintptr_t)before[which].handler > 1) {
        before[which].handler(signal, info, context);
        if (is_ours(signal)) {
            __atomic_store_n(&reporting, 0, __ATOMIC_RELEASE);
            return;
        }
    }
    report(which, info, registers, process == thread);
    struct action usual = {0};
    SYSCALL(RT_SIGACTION, signal, &usual, 0, 8, 0, 0);
    /* A fault happens again when the instruction does, abort() goes on by itself; what somebody has sent does neither. */
    if (info->code <= 0) SYSCALL(TGKILL, process, thread, signal, 0, 0, 0);
}

/* Watches for signals, until `graftis_unwatch_crashes`. To be called on the main thread. */
GRAFTIS_EXPORT void graftis_watch_crashes(const struct crash_block *of) {
    block = of;
    if (isWatching) return;
    isWatching = 1;
    struct {
        void *base;
        int flags;
        size_t size;
    } stack = {alternateStack, 0, sizeof alternateStack}, old = {0};
    SYSCALL(SIGALTSTACK, 0, &old, 0, 0, 0, 0);
    /* 2: disabled. Somebody else's is as good. */
    if (old.flags & 2) SYSCALL(SIGALTSTACK, &stack, 0, 0, 0, 0, 0);
    struct action action = {on_signal, SA_SIGINFO_ON_STACK, NULL, 0};
#if defined(__x86_64__)
    action.flags |= SA_HAS_RESTORER;
    action.restorer = restorer;
#endif
    for (int i = 0; i < SIGNAL_COUNT; i++) action.mask |= 1ull << (SIGNALS[i].number - 1);
    for (int i = 0; i < SIGNAL_COUNT; i++) SYSCALL(RT_SIGACTION, SIGNALS[i].number, &action, &before[i], 8, 0, 0);
}

/* Puts back what was there before, where nobody else has put something in its place. */
GRAFTIS_EXPORT void graftis_unwatch_crashes(void) {
    if (!isWatching) return;
    isWatching = 0;
    for (int i = 0; i < SIGNAL_COUNT; i++)
        if (is_ours(SIGNALS[i].number)) SYSCALL(RT_SIGACTION, SIGNALS[i].number, &before[i], 0, 8, 0, 0);
}
