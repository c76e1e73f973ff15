/*
 * Waking Node's loop from any thread, and the end of the loop.
 *
 * The handle is libuv's own async handle, in memory of ours that stays as long as the library does. When the environment
 * ends (a worker thread is terminated, the process exits), Node calls `graftis_environment_ends` before it takes the loop
 * apart: the handle is closed, as a loop may have none then, and no thread touches it any more. It is closed, too, while
 * no server is there. A handle that is being closed is libuv's until the loop has had its turn; another one serves then.
 */
#include "handover.h"

struct uv_functions {
    int (*async_init)(void *loop, void *handle, uintptr_t callback);
    int (*async_send)(void *handle);
    void (*close)(void *handle, uintptr_t callback);
    void (*unref)(void *handle);
    size_t (*handle_size)(int type);
};

enum { UV_ASYNC = 1, HANDLE_BYTES = 1024, HANDLES = 4 };

struct wake_handle {
    char bytes[HANDLE_BYTES] __attribute__((aligned(16)));
    /* libuv's; only the loop's thread looks at it. */
    int used;
};

static struct uv_functions uv;
static struct wake_handle handles[HANDLES];
static uint32_t handle_guard;
/* The one that wakes the loop; null while nothing does. */
static struct wake_handle *handle;

/* libuv has let go of a handle, whose address is that of its slot. */
static void handle_closed(void *bytes) { ((struct wake_handle *)bytes)->used = 0; }

static void close_handle(void) {
    guard_take(&handle_guard);
    struct wake_handle *closing = handle;
    handle = 0;
    guard_give(&handle_guard);
    if (closing != 0) uv.close(closing->bytes, (uintptr_t)handle_closed);
}

/* Starts waking `loop`: `callback` is called on it. `functions` are libuv's, in the order above. 0 on success. */
GRAFTIS_EXPORT int graftis_wake_start(void *loop, uintptr_t callback, const struct uv_functions *functions) {
    uv = *functions;
    if (uv.handle_size(UV_ASYNC) > HANDLE_BYTES) return -1;
    struct wake_handle *slot = handles;
    while (slot < handles + HANDLES && slot->used) slot++;
    if (slot == handles + HANDLES || uv.async_init(loop, slot->bytes, callback) != 0) return -1;
    slot->used = 1;
    uv.unref(slot->bytes);
    guard_take(&handle_guard);
    handle = slot;
    guard_give(&handle_guard);
    return 0;
}

/* Nothing wakes the loop from now on, and the callback is not called any more. On the loop's thread. */
GRAFTIS_EXPORT void graftis_wake_stop(void) { close_handle(); }

void wake_loop(void) {
    guard_take(&handle_guard);
    if (handle != 0) uv.async_send(handle->bytes);
    guard_give(&handle_guard);
}

/* A hook of the environment's end (napi_add_env_cleanup_hook). */
GRAFTIS_EXPORT void graftis_environment_ends(void *argument) {
    (void)argument;
    __atomic_store_n(&closed, 1, __ATOMIC_SEQ_CST);
    close_handle();
}
