/*
 * The lock between a server's commands and its modules' threads: RM_ThreadSafeContextLock and the functions beside it.
 *
 * `state` is FREE, MAIN (a batch of commands runs) or THREAD. Threads wait in a queue, in
 * the order in which they came; whoever gives the lock up hands it on, so that nobody overtakes. The main loop is no
 * member of the queue: it must not sleep here. It says `wanted` and goes on serving calls (handover.c), and the next
 * thread that unlocks hands the lock to it (`granted`). When its batch is over the first of the queue gets it, even if
 * more commands wait. So clients and threads take turns: a client waits for one critical section at most, a thread for
 * one batch and for the threads before it.
 *
 * Waking a thread costs more than most critical sections, and the thread that has just unlocked is often back in a moment
 * (its next job, its next section). So behind a batch that only finished a section, while it serves, the main loop leaves
 * the lock free for whoever comes without having slept, looks for a few microseconds, and only then wakes the first of the
 * queue (`lock_kick`). That one is passed by MAX_PASSED times at most.
 *
 *        thread unlocks:  the main loop if it wants the lock, or the section made calls     else the queue, else FREE
 *        batch is over:   the queue, else FREE
 *
 * A section that made calls of the API is followed by the main loop in any case: what these calls did (lines for replicas,
 * clients whose keys are ready) is finished there before anybody else sees the data.
 *
 * The functions get a context of the module's, which may be freed, or NULL: Redis does not look at it. The lock is found
 * by the number of the context's page, without a look at the page.
 */
#include "fork.h"
#include "handover.h"

enum { FREE = 0, MAIN = 1, THREAD = 2 };
enum { SPIN_US = 3, EBUSY = 16, MAX_CONTEXTS = 1 << 16, PAGE_SHIFT = 12, FREED = 1, MAX_PASSED = 16 };

struct waiter {
    struct waiter *next;
    uint32_t has_lock;
};

struct module_lock {
    uint32_t state;
    uint32_t guard;
    uint32_t wanted;
    uint32_t granted;
    /* `requests_posted` when the owner got the lock. */
    uint32_t posted_before;
    /* How often somebody came before the first of the queue. */
    uint32_t passed;
    struct waiter *first;
    struct waiter *last;
};

uint32_t locks_granted;

/* A lock that the main loop has left free although threads wait; it alone touches this. */
static struct module_lock *left_free;

/* Contexts of the host are pages from here on. Of each page: its lock, and FREED for a context that is no more. */
static uintptr_t contexts;
static uintptr_t lock_of_page[MAX_CONTEXTS];
/* For threads that come with no context that there ever was. */
static struct module_lock *latest_lock;

GRAFTIS_EXPORT size_t graftis_lock_bytes(void) { return sizeof(struct module_lock); }

/* The context at `address`, one of the pages from `base` on, belongs to the lock. */
GRAFTIS_EXPORT void graftis_lock_bind(struct module_lock *lock, uintptr_t base, uintptr_t address) {
    contexts = base;
    lock_of_page[(address - base) >> PAGE_SHIFT] = (uintptr_t)lock;
    latest_lock = lock;
}

void note_freed_context(uintptr_t context) {
    size_t page = (context - contexts) >> PAGE_SHIFT;
    if (page < MAX_CONTEXTS) lock_of_page[page] |= FREED;
}

/* Row of the callback that is told of an unlocking with a context that is none. */
static uint32_t unlock_row = MAX_CALLS;

GRAFTIS_EXPORT void graftis_set_unlock_row(uint32_t row) { unlock_row = row; }

/* No thread can use the lock any more. */
GRAFTIS_EXPORT void graftis_lock_forget(struct module_lock *lock) {
    for (size_t page = 0; page < MAX_CONTEXTS; page++)
        if ((lock_of_page[page] & ~(uintptr_t)FREED) == (uintptr_t)lock) lock_of_page[page] = FREED;
    if (latest_lock == lock) latest_lock = NULL;
    if (left_free == lock) left_free = NULL;
}

static uintptr_t lock_and_flag(uintptr_t context) {
    size_t page = (context - contexts) >> PAGE_SHIFT;
    uintptr_t found = page < MAX_CONTEXTS ? lock_of_page[page] : 0;
    return found > FREED ? found : (uintptr_t)latest_lock | FREED;
}

static struct module_lock *lock_of(uintptr_t context) {
    return (struct module_lock *)(lock_and_flag(context) & ~(uintptr_t)FREED);
}

/* The host tells of the mistake. Modules that pass NULL, as redis-server lets them, are not meant. */
static void tell_of_freed(uintptr_t context) {
    if (context == 0 || (lock_and_flag(context) & FREED) == 0 || unlock_row == MAX_CALLS) return;
    struct call_frame frame = {.integers = {context}};
    char *bytes;
    struct request *request = new_post(unlock_row, &frame, 0, &bytes);
    if (request != NULL) post(request, 0);
}

static void owned_by_thread(struct module_lock *lock) {
    lock->posted_before = __atomic_load_n(&requests_posted, __ATOMIC_RELAXED);
    __atomic_add_fetch(&locks_with_threads, 1, __ATOMIC_SEQ_CST);
}

/* From FREE to `owner`. Under the guard. */
static int take_free(struct module_lock *lock, uint32_t owner) {
    if ((lock->state & (MAIN | THREAD)) != 0) return 0;
    if (lock->first != NULL) lock->passed++;
    lock->state |= owner;
    return 1;
}

/* Hands the lock to the first thread of the queue, or frees it. Under the guard; returns the thread to be woken. */
static struct waiter *pass_on(struct module_lock *lock) {
    struct waiter *first = lock->first;
    lock->passed = 0;
    lock->state = FREE;
    if (first == NULL) return NULL;
    lock->first = first->next;
    owned_by_thread(lock);
    lock->state = THREAD;
    return first;
}

static void wake(struct waiter *waiter) {
    if (waiter == NULL) return;
    __atomic_store_n(&waiter->has_lock, 1, __ATOMIC_RELEASE);
    futex_wake(&waiter->has_lock, 1);
}

/* ---- Threads ---- */

GRAFTIS_EXPORT void graftis_api_ThreadSafeContextLock(uintptr_t context) {
    struct module_lock *lock = lock_of(context);
    /* The main thread has it whenever it runs a module's code. */
    if (lock == NULL || on_host_thread() || in_fork_child) return;
    struct waiter waiter = {0};
    guard_take(&lock->guard);
    if (take_free(lock, THREAD)) {
        owned_by_thread(lock);
        guard_give(&lock->guard);
        return;
    }
    if (lock->first == NULL) lock->first = &waiter;
    else lock->last->next = &waiter;
    lock->last = &waiter;
    guard_give(&lock->guard);
    uint32_t rounds = SPIN_US * spins_per_us;
    for (uint32_t i = 0; i < rounds && !__atomic_load_n(&waiter.has_lock, __ATOMIC_ACQUIRE); i++) spin_once();
    while (!__atomic_load_n(&waiter.has_lock, __ATOMIC_ACQUIRE)) futex_wait(&waiter.has_lock, 0);
}

GRAFTIS_EXPORT int graftis_api_ThreadSafeContextTryLock(uintptr_t context) {
    struct module_lock *lock = lock_of(context);
    int taken = 0;
    if (lock != NULL && !on_host_thread() && !in_fork_child) {
        guard_take(&lock->guard);
        taken = take_free(lock, THREAD);
        if (taken) owned_by_thread(lock);
        guard_give(&lock->guard);
    }
    if (!taken) *libc.errno_location() = EBUSY;
    return taken ? 0 : 1;
}

GRAFTIS_EXPORT void graftis_api_ThreadSafeContextUnlock(uintptr_t context) {
    struct module_lock *lock = lock_of(context);
    if (lock == NULL || on_host_thread() || in_fork_child) return;
    guard_take(&lock->guard);
    /* Who does not have the lock cannot give it up. */
    if ((lock->state & THREAD) == 0) {
        guard_give(&lock->guard);
        return;
    }
    tell_of_freed(context);
    struct waiter *next = NULL;
    int granted = lock->wanted || lock->posted_before != __atomic_load_n(&requests_posted, __ATOMIC_RELAXED);
    __atomic_sub_fetch(&locks_with_threads, 1, __ATOMIC_SEQ_CST);
    if (granted) {
        lock->wanted = 0;
        lock->state = MAIN;
        __atomic_store_n(&lock->granted, 1, __ATOMIC_SEQ_CST);
        __atomic_add_fetch(&locks_granted, 1, __ATOMIC_SEQ_CST);
    } else {
        next = pass_on(lock);
    }
    guard_give(&lock->guard);
    if (granted) ring();
    wake(next);
}

/* ---- The main loop ---- */

/*
 * A batch of commands wants to begin: SERVED_LOCK when it may. When a thread has the lock it may not: the loop is woken when
 * it is its turn, and looks at `graftis_lock_granted`. What threads have
 * posted is done before, hence SERVED_DOUBTFUL.
 */
GRAFTIS_EXPORT int graftis_lock_enter(struct module_lock *lock) {
    int result = serve_posted();
    guard_take(&lock->guard);
    int entered = take_free(lock, MAIN);
    if (!entered) lock->wanted = 1;
    guard_give(&lock->guard);
    /* The thread's next calls come soon: the loop shall look, and not wait to be woken. */
    if (!entered) wake_loop();
    return result | (entered ? SERVED_LOCK : 0);
}

/* Whether the lock was handed to the main loop, which has it from then on. */
GRAFTIS_EXPORT int graftis_lock_granted(struct module_lock *lock) {
    int granted = (int)__atomic_exchange_n(&lock->granted, 0, __ATOMIC_SEQ_CST);
    if (granted) __atomic_sub_fetch(&locks_granted, 1, __ATOMIC_SEQ_CST);
    return granted;
}

/* The batch is over. `serves`: the main thread goes on serving, and sees to it that nobody waits for a free lock. */
GRAFTIS_EXPORT void graftis_lock_leave(struct module_lock *lock, int serves) {
    struct waiter *next = NULL;
    if (serves && left_free != lock) lock_kick();
    guard_take(&lock->guard);
    if (serves && lock->first != NULL && lock->passed < MAX_PASSED) {
        lock->state = FREE;
        left_free = lock;
    } else {
        next = pass_on(lock);
    }
    guard_give(&lock->guard);
    wake(next);
}

int lock_kick(void) {
    struct module_lock *lock = left_free;
    if (lock == NULL) return 0;
    struct waiter *next = NULL;
    left_free = NULL;
    guard_take(&lock->guard);
    if (lock->state == FREE) next = pass_on(lock);
    guard_give(&lock->guard);
    wake(next);
    return next != NULL;
}
