/*
 * RM_Fork: a child with a copy of all memory, in which a module goes on alone.
 *
 * The child has one thread, the one that forked, and Node does not survive that: no JavaScript runs in it. `host_thread` is
 * 0 there, so every call of the API that the shim cannot answer by itself takes the way of foreign threads, and ends in
 * `child_call`: it fails with its function's value, and the log names the function. A child that returns from the
 * function that forked is ended (`end_child_that_returns`; callbacks look at `childFlag`).
 *
 * What the child has to say goes through a pipe, in messages of a fixed size that the parent looks for from time to time
 * (src/module/fork-child.ts): lines for the log, progress and memory that is the child's alone, functions that failed. They
 * are shorter than PIPE_BUF, so each is written as a whole. A pipe that is full, or that nobody reads, loses messages.
 *
 * libc's fork, not the system call: it leaves malloc usable and runs the handlers of pthread_atfork. All signals are blocked
 * around it, and have their default actions in the child: Node's handlers write to a pipe that parent and child share.
 */
#include "fork.h"
#include "syscall.h"
#include "waiting.h"

enum { MESSAGE_LOG = 1, MESSAGE_PROGRESS = 2, MESSAGE_END = 3, MESSAGE_FAILED = 4, TEXT_BYTES = 1024 };
enum { EEXIST = 17, EAGAIN = 11, SIG_KILL = 9, SIG_STOP = 19, SIG_PIPE = 13, SIGNALS = 64, SIG_SETMASK = 2, SET_BYTES = 8 };
enum { O_NONBLOCK = 04000, O_CLOEXEC = 02000000, AT_CWD = -100, PR_SET_PDEATHSIG = 1 };
enum { SOL_SOCKET = 1, SO_DOMAIN = 39, AF_INET = 2, AF_INET6 = 10, MAX_DESCRIPTORS = 1 << 16 };
#define SYS_READ NUMBER(0, 63)
#define SYS_WRITE NUMBER(1, 64)
#define SYS_CLOSE NUMBER(3, 57)
#define SYS_SIGACTION NUMBER(13, 134)
#define SYS_SIGPROCMASK NUMBER(14, 135)
#define SYS_GETSOCKOPT NUMBER(55, 209)
#define SYS_PRCTL NUMBER(157, 167)
#define SYS_EXIT_GROUP NUMBER(231, 94)
#define SYS_OPENAT NUMBER(257, 56)
#define SYS_PIPE2 NUMBER(293, 59)

/* src/module/fork-child.ts reads them. */
struct message {
    int32_t kind;
    int32_t row;         /* of MESSAGE_FAILED */
    double progress;     /* of MESSAGE_PROGRESS; below 0: the module does not know */
    double private_bytes; /* memory that only the child has */
    char level[16];      /* of MESSAGE_LOG */
    char text[TEXT_BYTES];
};

int in_fork_child;

static int to_parent = -1;
static int from_child = -1;
/* 1 while there is a child, or one is being made. */
static uint32_t has_child;
static uint32_t failed_before;
static uint32_t *child_flag;

/* The word that JavaScript looks at behind callbacks; and that the parent has no child any more. */
GRAFTIS_EXPORT void graftis_fork_flag(uint32_t *word) { child_flag = word; }

GRAFTIS_EXPORT void graftis_fork_over(void) {
    if (from_child >= 0) SYSCALL(SYS_CLOSE, from_child, 0, 0, 0, 0, 0);
    from_child = -1;
    __atomic_store_n(&has_child, 0, __ATOMIC_SEQ_CST);
}

/* Reads the next message; 0 when there is none now. */
GRAFTIS_EXPORT int graftis_fork_message(struct message *message) {
    if (from_child < 0) return 0;
    return SYSCALL(SYS_READ, from_child, message, sizeof *message, 0, 0, 0) == (long)sizeof *message;
}

static void copy_text(char *to, const char *from, size_t room) {
    size_t length = 0;
    for (; length + 1 < room && from[length] != 0; length++) to[length] = from[length];
    to[length] = 0;
}

static void say(const struct message *message) {
    if (to_parent >= 0) SYSCALL(SYS_WRITE, to_parent, message, sizeof *message, 0, 0, 0);
}

/* Bytes of memory that this process has written to since the fork, as the kernel counts them; 0 when it does not say. */
static double private_bytes(void) {
    static const char WORD[] = "Private_Dirty:";
    char text[4096];
    long file = SYSCALL(SYS_OPENAT, AT_CWD, "/proc/self/smaps_rollup", 0, 0, 0, 0);
    if (file < 0) return 0;
    long length = SYSCALL(SYS_READ, file, text, sizeof text - 1, 0, 0, 0);
    SYSCALL(SYS_CLOSE, file, 0, 0, 0, 0, 0);
    for (long at = 0; at + (long)sizeof WORD < length; at++) {
        size_t same = 0;
        while (same < sizeof WORD - 1 && text[at + (long)same] == WORD[same]) same++;
        if (same < sizeof WORD - 1) continue;
        double kilobytes = 0;
        for (at += (long)same; at < length && text[at] == ' '; at++) {}
        for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) kilobytes = kilobytes * 10 + (text[at] - '0');
        return kilobytes * 1024;
    }
    return 0;
}

/* ---- In the child ---- */

static void default_actions(void) {
    struct {
        uintptr_t handler;
        uint64_t flags;
        uintptr_t restorer;
        uint64_t mask;
    } action = {0};
    for (int signal = 1; signal <= SIGNALS; signal++) {
        action.handler = signal == SIG_PIPE ? 1 : 0;
        if (signal != SIG_KILL && signal != SIG_STOP) SYSCALL(SYS_SIGACTION, signal, &action, 0, SET_BYTES, 0, 0);
    }
}

/* Connections and listeners are the parent's alone. What modules use between parent and child is left open. */
static void close_connections(void) {
    for (int descriptor = 3; descriptor < MAX_DESCRIPTORS; descriptor++) {
        int domain = 0, length = sizeof domain;
        if (SYSCALL(SYS_GETSOCKOPT, descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length, 0) != 0) continue;
        if (domain == AF_INET || domain == AF_INET6) SYSCALL(SYS_CLOSE, descriptor, 0, 0, 0, 0, 0);
    }
}

static void begin_child(int writes_to) {
    in_fork_child = 1;
    host_thread = 0;
    if (child_flag != NULL) *child_flag = 1;
    to_parent = writes_to;
    default_actions();
    SYSCALL(SYS_PRCTL, PR_SET_PDEATHSIG, SIG_KILL, 0, 0, 0, 0);
    close_connections();
}

static __attribute__((noreturn)) void end_child(int status) {
    struct message message = {.kind = MESSAGE_END, .private_bytes = private_bytes()};
    say(&message);
    for (;;) SYSCALL(SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0);
}

void child_log(const char *level, const char *line) {
    struct message message = {.kind = MESSAGE_LOG};
    copy_text(message.level, level, sizeof message.level);
    copy_text(message.text, line, sizeof message.text);
    say(&message);
}

void child_call(struct call_frame *frame, uint32_t index) {
    frame->result = (uint64_t)(int64_t)failure[index];
    frame->result_double = 0;
    if (failed_before == index + 1) return;
    failed_before = index + 1;
    struct message message = {.kind = MESSAGE_FAILED, .row = (int32_t)index};
    say(&message);
}

void end_child_that_returns(void) {
    if (!in_fork_child) return;
    child_log("warning", "a fork child returned to the server instead of calling RedisModule_ExitFromChild()");
    end_child(255);
}

GRAFTIS_EXPORT void graftis_end_child(void) { end_child_that_returns(); }

/* ---- The API ---- */

/* Tells the host of the child: the module's function for its end and that one's argument, the process, how long it took. */
__attribute__((visibility("protected"))) void (*graftis_filled_Fork)(uintptr_t, uintptr_t, int, long long);

static int64_t now_us(void) {
    struct timespec_words now;
    libc.clock_gettime(1, &now);
    return now.seconds * 1000000 + now.nanoseconds / 1000;
}

static int failed_fork(int error) {
    graftis_fork_over();
    *libc.errno_location() = error;
    return -1;
}

FALLBACK(int, Fork, (uintptr_t, uintptr_t));
API(int, Fork, (uintptr_t done, uintptr_t data)) {
    int ends[2];
    uint64_t all = ~0ull, before = 0;
    uint32_t none = 0;
    if (in_fork_child || !__atomic_compare_exchange_n(&has_child, &none, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
        *libc.errno_location() = EEXIST;
        return -1;
    }
    long piped = SYSCALL(SYS_PIPE2, ends, O_NONBLOCK | O_CLOEXEC, 0, 0, 0, 0);
    if (piped < 0) return failed_fork((int)-piped);
    int64_t from = now_us();
    SYSCALL(SYS_SIGPROCMASK, SIG_SETMASK, &all, &before, SET_BYTES, 0, 0);
    int child = libc.fork();
    if (child == 0) begin_child(ends[1]);
    SYSCALL(SYS_SIGPROCMASK, SIG_SETMASK, &before, 0, SET_BYTES, 0, 0);
    SYSCALL(SYS_CLOSE, ends[child == 0 ? 0 : 1], 0, 0, 0, 0, 0);
    if (child == 0) return 0;
    from_child = ends[0];
    if (child < 0) return failed_fork(EAGAIN);
    graftis_filled_Fork(done, data, child, now_us() - from);
    return child;
}

FALLBACK(void, SendChildHeartbeat, (double));
API(void, SendChildHeartbeat, (double progress)) {
    if (!in_fork_child) {
        graftis_fallback_SendChildHeartbeat(progress);
        return;
    }
    struct message message = {.kind = MESSAGE_PROGRESS, .progress = progress, .private_bytes = private_bytes()};
    say(&message);
}

FALLBACK(int, ExitFromChild, (int));
API(int, ExitFromChild, (int status)) {
    if (in_fork_child) end_child(status);
    return graftis_fallback_ExitFromChild(status);
}
