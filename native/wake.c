/*
 * Waking Node's loop from any thread, and the end of the loop.
 *
 * The handle is libuv's own async handle, in memory of ours that stays as long as the library does. When the environment
 * ends (a worker thread is terminated, the process exits), Node calls `graftis_environment_ends` before it takes the loop
 * apart: the handle is closed, as a loop may have none then, and no thread touches it any more. While no server is
 * there it stays, and its callback does nothing.
 */
#include "handover.h"

struct uv_functions {
    int (*async_init)(void *loop, void *handle, uintptr_t callback);
    int (*async_send)(void *handle);
    void (*close)(void *handle, uintptr_t callback);
    void (*unref)(void *handle);
    size_t (*handle_size)(int type);
};

enum { UV_ASYNC = 1, HANDLE_BYTES = 1024 };

static struct uv_functions uv;
static char handle[HANDLE_BYTES] __attribute__((aligned(16)));
static uint32_t handle_guard;
static int handle_open;
/* The host's function; null while it has none. Only the loop's thread looks at it. */
static void (*host_callback)(void *handle);

static void on_wake(void *woken) {
    if (host_callback != 0) host_callback(woken);
}

/* Lets `callback` be called on `loop`, whose handle stays open. `functions` are libuv's, in the order above. 0 on success. */
GRAFTIS_EXPORT int graftis_wake_start(void *loop, uintptr_t callback, const struct uv_functions *functions) {
    if (!handle_open) {
        uv = *functions;
        if (uv.handle_size(UV_ASYNC) > HANDLE_BYTES) return -1;
        if (uv.async_init(loop, handle, (uintptr_t)on_wake) != 0) return -1;
        uv.unref(handle);
        handle_open = 1;
    }
    host_callback = (void (*)(void *))callback;
    return 0;
}

/* The callback is not called any more. On the loop's thread. */
GRAFTIS_EXPORT void graftis_wake_stop(void) { host_callback = 0; }

void wake_loop(void) {
    guard_take(&handle_guard);
    if (handle_open) uv.async_send(handle);
    guard_give(&handle_guard);
}

/* A hook of the environment's end (napi_add_env_cleanup_hook). */
GRAFTIS_EXPORT void graftis_environment_ends(void *argument) {
    (void)argument;
    __atomic_store_n(&closed, 1, __ATOMIC_SEQ_CST);
    guard_take(&handle_guard);
    if (handle_open) uv.close(handle, 0);
    handle_open = 0;
    guard_give(&handle_guard);
}
