/*
 * System calls. Each returns what the kernel does: a result, or an errno as a number from -4095 to -1. Nothing touches
 * the calling thread's errno.
 */
#ifndef GRAFTIS_SYSCALL_H
#define GRAFTIS_SYSCALL_H

#include "shim.h"

#if defined(__x86_64__)

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

#elif defined(__aarch64__)

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

#else
#error "the shim is for x86-64 and arm64"
#endif

#define SYSCALL(number, a, b, c, d, e, f) \
    syscall6(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* Numbers by processor: those of x86-64, then those that arm64 shares with all newer ones. */
#if defined(__x86_64__)
#define NUMBER(x64, arm64) x64
#else
#define NUMBER(x64, arm64) arm64
#endif

#endif
