/* Waiting for other threads: futexes, and a mutex for a few instructions at a time. */
#ifndef GRAFTIS_WAITING_H
#define GRAFTIS_WAITING_H

#include "syscall.h"

enum { FUTEX_WAIT_PRIVATE = 128, FUTEX_WAKE_PRIVATE = 129 };

#define SYS_FUTEX NUMBER(202, 98)

/* Sleeps while `*word` is `value`; may return earlier. */
static inline void futex_wait(uint32_t *word, uint32_t value) {
    SYSCALL(SYS_FUTEX, word, FUTEX_WAIT_PRIVATE, value, 0, 0, 0);
}

static inline void futex_wake(uint32_t *word, int threads) {
    SYSCALL(SYS_FUTEX, word, FUTEX_WAKE_PRIVATE, threads, 0, 0, 0);
}

static inline void spin_once(void) {
#if defined(__x86_64__)
    __asm__ volatile("pause");
#else
    __asm__ volatile("yield");
#endif
}

/* How many times `spin_once` fits into a microsecond; the instruction takes 10 ns on one processor and 50 on the next. */
extern uint32_t spins_per_us;

/* 0: free, 1: taken, 2: taken and somebody may wait. Held for a few instructions only, never across a call out of here. */
static inline void guard_take(uint32_t *guard) {
    uint32_t state = 0;
    if (__atomic_compare_exchange_n(guard, &state, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    while (__atomic_exchange_n(guard, 2, __ATOMIC_ACQUIRE) != 0) futex_wait(guard, 2);
}

static inline void guard_give(uint32_t *guard) {
    if (__atomic_exchange_n(guard, 0, __ATOMIC_RELEASE) == 2) futex_wake(guard, 1);
}

/* The thread does nothing any more. */
static inline __attribute__((noreturn)) void park(void) {
    uint32_t word = 0;
    for (;;) futex_wait(&word, 0);
}

#endif
