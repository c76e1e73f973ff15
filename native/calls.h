/*
 * Calls of the module API: the trampolines that modules are given, and the frame that holds a call of another thread.
 * trampolines.c says how they work, handover.c what becomes of a foreign thread's call.
 */
#ifndef GRAFTIS_CALLS_H
#define GRAFTIS_CALLS_H

#include "call-block.h"

/* Functions that there can be. The host's table of API functions is shorter. */
#define MAX_CALLS 768

/* Words of the caller's stack that a call may have arguments in (as STACK_SLOTS of src/module/abi/varargs.ts). */
#define STACK_WORDS 32

#if defined(__x86_64__)
#define INTEGER_REGISTERS 6
#else
#define INTEGER_REGISTERS 8
#endif
#define VECTOR_REGISTERS 8

/*
 * The arguments and the result of a call, as the processor's convention has them:
 *
 *   0              integers (x86-64: rdi, rsi, rdx, rcx, r8, r9; arm64: x0 to x7)
 *   VECTORS        8 vector registers, 16 bytes each: what a va_list of C calls the register save area
 *   RESULT         integer or address; then a double; then where the arguments on the caller's stack begin
 */
struct call_frame {
    uint64_t integers[INTEGER_REGISTERS];
    double vectors[VECTOR_REGISTERS][2];
    uint64_t result;
    double result_double;
    const uint64_t *stack;
    uint64_t unused;
} __attribute__((aligned(16)));

/* By row of the host's table: the koffi callback, and what C gets when the function cannot be run. */
extern uintptr_t fallback[MAX_CALLS];
extern int8_t failure[MAX_CALLS];

/* Address of the trampoline of a row. */
uintptr_t trampoline_at(size_t index);

/* Runs a call that was put into a frame. Only on the main thread. */
void replay_call(struct call_frame *frame, uintptr_t function);

/* A trampoline was called by another thread than the main one. Fills in the result. */
void foreign_call(struct call_frame *frame, uint32_t index);

#endif
