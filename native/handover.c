/*
 * How a thread's calls of the module API get to the main thread, which alone runs JavaScript.
 *
 * A thread makes a request (its frame, the row's number) and pushes it on `requests`, a stack that anybody pushes to and
 * the main thread takes as a whole and turns around: requests are served in the order in which they came. Then the thread
 * spins for a moment and sleeps on its request until that is done. Calls whose result is known in advance (replies,
 * frees: posting.c) are copied and *posted*: nobody waits for them.
 *
 * The main thread looks at the requests in `serve`, which calls the koffi callback for each. It is there
 *   - when it is woken (`ring`: an async handle of Node's loop, wake.c). As long as a thread has a lock it stays, spinning,
 *     because further calls follow in less time than going to sleep takes; it leaves when none came for IDLE_US, at
 *     the latest after MAX_SERVE_US, so that the loop's timers and sockets get their turns;
 *   - when it wants a lock that a thread has (lock.c): it wakes itself;
 *   - between rounds, when something was posted.
 * `main_looks` says that it will look before it sleeps, so that nobody needs to wake it. Whoever changes one of the two
 * (main_looks; requests or a granted lock) looks at the other afterwards: no wake-up is lost.
 *
 * A worker thread of Node may be ended at any instruction of JavaScript, also in the middle of a call that is served. A
 * callback that was not run to its end has no result: `pulse`, two words that every callback of the API counts up at its
 * begin and end, tell. Such a request stays as it is: if the main thread goes on with JavaScript (a callback could not be
 * entered for another reason) it is told, and gives the failure value; if not, the thread sleeps for ever, like every thread
 * that calls when `closed` is set. That harms nobody, where a made-up result could.
 */
#include "handover.h"

/* How long a thread spins before it sleeps; and how long the main thread serves: without a call, and altogether. */
enum { SPIN_US = 12, IDLE_US = 50, MAX_SERVE_US = 4000, CLOCK_EVERY = 128 };
/* What may be posted and not done yet; and how many calls are made before the main thread looks at the clock. */
enum { MAX_POSTED_BYTES = 8 << 20, CALLS_AT_ONCE = 200 };

uint32_t closed;
uint32_t requests_posted;
uint32_t locks_with_threads;

/* A call of a request is going on. */
static int serving;

static struct request *requests;
static uint32_t main_looks;
static size_t posted_bytes;
/* Requests whose call may not have been run; only the main thread touches them. */
static struct request *doubtful;
static struct request *turned;

/* Callbacks of the API that were begun, and ended, modulo 2^32: the host's memory. */
static const uint32_t *pulse;

GRAFTIS_EXPORT void graftis_set_pulse(const uint32_t *words) { pulse = words; }

void post(struct request *request, int wakes) {
    struct request *head = __atomic_load_n(&requests, __ATOMIC_RELAXED);
    do request->next = head;
    while (!__atomic_compare_exchange_n(&requests, &head, request, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    __atomic_add_fetch(&requests_posted, 1, __ATOMIC_RELAXED);
    if (wakes) ring();
}

void ring(void) {
    if (__atomic_load_n(&main_looks, __ATOMIC_SEQ_CST) == 0) wake_loop();
}

struct request *new_post(uint32_t index, const struct call_frame *frame, size_t extra, char **bytes) {
    size_t size = sizeof(struct request) + 16 + sizeof *frame + extra;
    if (extra > MAX_POSTED_BYTES || __atomic_load_n(&posted_bytes, __ATOMIC_RELAXED) > MAX_POSTED_BYTES) return NULL;
    struct request *request = libc.malloc(size);
    if (request == NULL) return NULL;
    struct call_frame *copy = (struct call_frame *)(((uintptr_t)(request + 1) + 15) & ~(uintptr_t)15);
    *copy = *frame;
    copy->stack = NULL;
    *request = (struct request){.frame = copy, .index = index, .posted_bytes = (uint32_t)size};
    *bytes = (char *)(copy + 1);
    __atomic_add_fetch(&posted_bytes, size, __ATOMIC_RELAXED);
    return request;
}

void hand_over(struct call_frame *frame, uint32_t index) {
    int *error_number = libc.errno_location();
    struct request request = {.frame = frame, .index = index, .error_number = *error_number};
    post(&request, 1);
    uint32_t rounds = SPIN_US * spins_per_us;
    for (uint32_t i = 0; i < rounds; i++) {
        if (__atomic_load_n(&request.state, __ATOMIC_ACQUIRE) == REQUEST_DONE) goto done;
        spin_once();
    }
    uint32_t pending = REQUEST_PENDING;
    __atomic_compare_exchange_n(&request.state, &pending, REQUEST_SLEEPS, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE);
    while (__atomic_load_n(&request.state, __ATOMIC_ACQUIRE) != REQUEST_DONE) futex_wait(&request.state, REQUEST_SLEEPS);
done:
    *error_number = request.error_number;
}

/* The thread goes on; what it has on its stack must not be looked at any more. */
static void complete(struct request *request) {
    if (request->posted_bytes != 0) {
        __atomic_sub_fetch(&posted_bytes, request->posted_bytes, __ATOMIC_RELAXED);
        libc.free(request);
        return;
    }
    uint32_t *state = &request->state;
    if (__atomic_exchange_n(state, REQUEST_DONE, __ATOMIC_ACQ_REL) == REQUEST_SLEEPS) futex_wake(state, 1);
}

static void run(struct request *request) {
    uint32_t begun = pulse[0], ended = pulse[1];
    int *error_number = libc.errno_location();
    *error_number = request->error_number;
    replay_call(request->frame, fallback[request->index]);
    request->error_number = *error_number;
    if (pulse[0] != begun && pulse[0] - begun == pulse[1] - ended) {
        complete(request);
    } else {
        request->next = doubtful;
        doubtful = request;
    }
}

/* The host's JavaScript goes on: calls that were not run have failed. */
GRAFTIS_EXPORT void graftis_fail_doubtful(void) {
    while (doubtful != NULL) {
        struct request *request = doubtful;
        doubtful = request->next;
        request->frame->result = (uint64_t)(int64_t)failure[request->index];
        request->frame->result_double = 0;
        complete(request);
    }
}

/* The oldest request; NULL when there is none. A call may serve others inside of it, hence one at a time. */
static struct request *next_request(void) {
    if (turned == NULL && __atomic_load_n(&requests, __ATOMIC_SEQ_CST) != NULL) {
        struct request *latest = __atomic_exchange_n(&requests, NULL, __ATOMIC_SEQ_CST);
        while (latest != NULL) {
            struct request *earlier = latest->next;
            latest->next = turned;
            turned = latest;
            latest = earlier;
        }
    }
    struct request *oldest = turned;
    if (oldest != NULL) turned = oldest->next;
    return oldest;
}

static int has_requests(void) { return turned != NULL || __atomic_load_n(&requests, __ATOMIC_SEQ_CST) != NULL; }

static int64_t now_us(void) {
    struct timespec_words now;
    libc.clock_gettime(1, &now);
    return now.seconds * 1000000 + now.nanoseconds / 1000;
}

uint32_t spins_per_us = 25;

/* Measures `spins_per_us`; the best of some tries, since others may take the processor away. */
GRAFTIS_EXPORT void graftis_measure_spinning(void) {
    enum { TRIES = 5, ROUNDS = 2000 };
    int64_t least = 1000;
    for (int i = 0; i < TRIES; i++) {
        int64_t from = now_us();
        for (int j = 0; j < ROUNDS; j++) spin_once();
        int64_t took = now_us() - from;
        if (took < least) least = took;
    }
    spins_per_us = (uint32_t)(ROUNDS / (least > 0 ? least : 1)) + 1;
}

/* Serves what there is, CALLS_AT_ONCE at most. Returns how much that was. */
static int drain(void) {
    int count = 0;
    for (struct request *request; count < CALLS_AT_ONCE && doubtful == NULL && (request = next_request()) != NULL; count++)
        run(request);
    return count;
}

/*
 * How long it pays to look for a thread's call that is not there yet: twice as long when one came,
 * half as long when none did; and a try from time to time.
 */
struct patience {
    uint32_t us, most_us, tries;
};

static struct patience between_sections = {5, 10, 0};
static struct patience after_blocking = {20, 40, 0};
static int expected;

static uint32_t rounds_of(struct patience *patience) {
    return patience->us > 0 || patience->tries++ % 32 == 0 ? (patience->us + 2) * spins_per_us : 0;
}

static void learn(struct patience *patience, int came) {
    uint32_t us = came ? 2 * patience->us + 2 : patience->us / 2;
    patience->us = us < patience->most_us ? us : patience->most_us;
}

/* A command has left its client to a thread, which may call soon: the loop shall look before it sleeps. */
GRAFTIS_EXPORT void graftis_expect(void) {
    if (!expected) wake_loop();
    expected = 1;
}

static int thread_is_here(void) {
    return __atomic_load_n(&locks_with_threads, __ATOMIC_SEQ_CST) != 0 || has_requests();
}

/* Looks for a thread without a lock; wakes the next one in the queue if none comes. False when nobody is to be expected. */
static int await_thread(void) {
    struct patience *patience = expected ? &after_blocking : &between_sections;
    uint32_t rounds = rounds_of(patience);
    int came = 0;
    for (uint32_t i = 0; i < rounds && !came; i++) {
        spin_once();
        came = thread_is_here();
    }
    if (rounds > 0) learn(patience, came);
    expected = 0;
    return lock_kick() || came;
}

/*
 * Serves requests while a thread has a lock. Returns SERVED_ bits: SERVED_LOCK when a lock was handed to the main loop,
 * SERVED_DOUBTFUL when `graftis_fail_doubtful` is to be called. With neither, there is nothing to wait for, or time is up.
 */
GRAFTIS_EXPORT int graftis_serve(void) {
    if (serving) return 0;
    serving = 1;
    int result = 0;
    int64_t until = 0;
    uint32_t idle = 0, most_idle = IDLE_US * spins_per_us;
    __atomic_store_n(&main_looks, 1, __ATOMIC_SEQ_CST);
    for (uint32_t rounds = 0;; rounds++) {
        int drained = drain();
        if (drained > 0) idle = 0;
        if (doubtful != NULL) result |= SERVED_DOUBTFUL;
        if (__atomic_load_n(&locks_granted, __ATOMIC_SEQ_CST) != 0) result |= SERVED_LOCK;
        if (result != 0 || idle++ >= most_idle) break;
        if (!thread_is_here() && !await_thread()) break;
        spin_once();
        if (rounds % CLOCK_EVERY == 0 || drained == CALLS_AT_ONCE) {
            int64_t now = now_us();
            if (until == 0) until = now + MAX_SERVE_US;
            if (now >= until) break;
        }
    }
    __atomic_store_n(&main_looks, 0, __ATOMIC_SEQ_CST);
    serving = 0;
    if (result != 0) return result;
    lock_kick();
    /* Who came just now did not ring; and where time was up, the thread's next call comes soon. */
    int more = has_requests() || __atomic_load_n(&locks_granted, __ATOMIC_SEQ_CST) != 0;
    if (more || (idle < most_idle && __atomic_load_n(&locks_with_threads, __ATOMIC_SEQ_CST) != 0)) wake_loop();
    return 0;
}

/* The loop has its turn, whatever is left to serve: it comes back. */
GRAFTIS_EXPORT void graftis_leave_to_loop(void) {
    lock_kick();
    wake_loop();
}

/* Serves what was posted and rang no bell; between batches. Returns SERVED_DOUBTFUL or 0. */
int serve_posted(void) {
    if (serving || !has_requests()) return 0;
    serving = 1;
    drain();
    serving = 0;
    return doubtful != NULL ? SERVED_DOUBTFUL : 0;
}
