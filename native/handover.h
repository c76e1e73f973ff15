/*
 * The hand-over of calls to the main thread, and the lock of module threads: one design, which handover.c and lock.c
 * explain.
 */
#ifndef GRAFTIS_HANDOVER_H
#define GRAFTIS_HANDOVER_H

#include "calls.h"
#include "waiting.h"

enum { REQUEST_PENDING, REQUEST_SLEEPS, REQUEST_DONE };

/* A call that waits for the main thread. It is on the stack of the thread that waits for it, or, posted, an allocation. */
struct request {
    struct request *next;
    struct call_frame *frame;
    uint32_t index;
    /* REQUEST_ of one that is waited for. */
    uint32_t state;
    int error_number;
    /* Bytes of the allocation; 0 of a request that is waited for. */
    uint32_t posted_bytes;
};

/* Leaves a request to the main thread, and wakes it where `wakes`. */
void post(struct request *request, int wakes);

/* Posts a call whose result is known: the thread goes on at once. The frame is copied with `extra` bytes behind it, to
 * which `*bytes` is set. NULL when too much is posted already, or there is no memory. */
struct request *new_post(uint32_t index, const struct call_frame *frame, size_t extra, char **bytes);

/* Hands a call over and waits for its end. */
void hand_over(struct call_frame *frame, uint32_t index);

/* There is something to do for the main thread: wakes its loop, unless it looks by itself. Any thread. */
void ring(void);

/* The environment of the main thread ends: from now on no call comes back. */
extern uint32_t closed;

/* Counts requests that were left to the main thread. */
extern uint32_t requests_posted;

/* A thread has freed a context; the host does not know it yet. */
void note_freed_context(uintptr_t context);

/* How many locks are in the hands of threads; and how many were handed to the main loop, which does not know it yet. */
extern uint32_t locks_with_threads;
extern uint32_t locks_granted;

/* Wakes the first thread in the queue of a lock that was left free; 0 when there is none. Only on the main thread. */
int lock_kick(void);

/* What the main thread has come back for from serving; bits. */
enum { SERVED_LOCK = 1, SERVED_DOUBTFUL = 2 };

/* Serves what was posted and rang no bell, between batches. Returns SERVED_DOUBTFUL or 0. Only on the main thread. */
int serve_posted(void);

/* Wakes Node's loop (wake.c). Any thread. */
void wake_loop(void);

#endif
