/* What becomes of a call that another thread than the main one makes, and contexts that are ready for such threads. */
#include "fork.h"
#include "posting.h"

enum { MAX_SPARE = 64, NO_ROW = MAX_CALLS };

/* Contexts that the host made in advance: a thread gets one without waiting, and the host is told by a posted call. */
static uintptr_t spare[MAX_SPARE];
static uint32_t spare_count;
static uint32_t spare_guard;
static uint32_t get_row = NO_ROW;
static uint32_t adopt_row;

/* Row `get` is GetThreadSafeContext, row `adopt` of the same with the context as a second argument. */
GRAFTIS_EXPORT void graftis_set_context_rows(uint32_t get, uint32_t adopt) {
    get_row = get;
    adopt_row = adopt;
}

/* Puts a context by; 0 when there are enough. */
GRAFTIS_EXPORT int graftis_spare_context(uintptr_t context) {
    guard_take(&spare_guard);
    int taken = spare_count < MAX_SPARE;
    if (taken) spare[spare_count++] = context;
    guard_give(&spare_guard);
    return taken;
}

/* Takes one back; 0 when there is none. */
GRAFTIS_EXPORT uintptr_t graftis_take_spare(void) {
    guard_take(&spare_guard);
    uintptr_t context = spare_count > 0 ? spare[--spare_count] : 0;
    guard_give(&spare_guard);
    return context;
}

static int give_context(struct call_frame *frame) {
    uintptr_t context = graftis_take_spare();
    if (context == 0) return 0;
    char *bytes;
    struct request *request = new_post(adopt_row, frame, 0, &bytes);
    if (request == NULL) {
        graftis_spare_context(context);
        return 0;
    }
    request->frame->integers[1] = context;
    frame->result = context;
    post(request, 0);
    return 1;
}

void foreign_call(struct call_frame *frame, uint32_t index) {
    if (in_fork_child) {
        child_call(frame, index);
        return;
    }
    if (__atomic_load_n(&closed, __ATOMIC_RELAXED)) park();
    if (index == get_row && give_context(frame)) return;
    if (post_call(frame, index)) return;
    hand_over(frame, index);
}
