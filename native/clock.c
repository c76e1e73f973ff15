/* Clocks: answered at once on every thread. */
#include "shim.h"

enum { REALTIME = 0, MONOTONIC = 1 };

static int64_t microseconds(int clock) {
    struct timespec_words now;
    libc.clock_gettime(clock, &now);
    return now.seconds * 1000000 + now.nanoseconds / 1000;
}

GRAFTIS_EXPORT int64_t graftis_api_Milliseconds(void) { return microseconds(REALTIME) / 1000; }

GRAFTIS_EXPORT int64_t graftis_api_Microseconds(void) { return microseconds(REALTIME); }

GRAFTIS_EXPORT uint64_t graftis_api_MonotonicMicroseconds(void) { return (uint64_t)microseconds(MONOTONIC); }
