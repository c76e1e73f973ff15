/*
 * Trampolines: what modules get as the address of an API function.
 *
 * There is one for each row of the host's table, 16 bytes of code that load the row's number and jump on. On the main
 * thread the way leads straight to the koffi callback, with registers and stack as the module left them (4 instructions).
 * On any other thread all that can hold an argument is stored in a frame, and `foreign_call` sees to it. The main thread
 * makes the same call out of that frame with `replay_call`, so nobody has to know what the arguments are.
 *
 * A thread is told by its thread pointer, the register that every thread's own variables are found by.
 */
#include "calls.h"

uintptr_t fallback[MAX_CALLS];
int8_t failure[MAX_CALLS];

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

extern const char trampoline_code[] __attribute__((visibility("hidden")));

uintptr_t trampoline_at(size_t index) { return index < MAX_CALLS ? (uintptr_t)trampoline_code + 16 * index : 0; }

GRAFTIS_EXPORT uintptr_t graftis_trampoline(uint32_t index) { return trampoline_at(index); }

/* Tells what the trampoline of a row leads to. */
GRAFTIS_EXPORT void graftis_set_call(uint32_t index, uintptr_t callback, int failed) {
    if (index >= MAX_CALLS) return;
    fallback[index] = callback;
    failure[index] = (int8_t)failed;
}

#if defined(__x86_64__)

_Static_assert(sizeof(struct call_frame) == 208 && offsetof(struct call_frame, result) == 176, "as the code below has it");

__asm__(
    ".text\n"
    ".balign 16\n"
    ".hidden trampoline_code\n"
    ".globl trampoline_code\n"
    "trampoline_code:\n"
    ".set row, 0\n"
    ".rept " TEXT(MAX_CALLS) "\n"
    "  .balign 16\n"
    "  movl $row, %r11d\n"
    "  jmp trampoline\n"
    "  .set row, row + 1\n"
    ".endr\n"
    ".balign 16\n"
    ".type trampoline, @function\n"
    "trampoline:\n"
    "  movq %fs:0, %r10\n"
    "  cmpq host_thread(%rip), %r10\n"
    "  jne 1f\n"
    "  leaq fallback(%rip), %r10\n"
    "  jmpq *(%r10,%r11,8)\n"
    "1:\n"
    "  pushq %rbp\n"
    "  movq %rsp, %rbp\n"
    "  subq $208, %rsp\n"
    "  movq %rdi, (%rsp)\n"
    "  movq %rsi, 8(%rsp)\n"
    "  movq %rdx, 16(%rsp)\n"
    "  movq %rcx, 24(%rsp)\n"
    "  movq %r8, 32(%rsp)\n"
    "  movq %r9, 40(%rsp)\n"
    "  movaps %xmm0, 48(%rsp)\n"
    "  movaps %xmm1, 64(%rsp)\n"
    "  movaps %xmm2, 80(%rsp)\n"
    "  movaps %xmm3, 96(%rsp)\n"
    "  movaps %xmm4, 112(%rsp)\n"
    "  movaps %xmm5, 128(%rsp)\n"
    "  movaps %xmm6, 144(%rsp)\n"
    "  movaps %xmm7, 160(%rsp)\n"
    "  leaq 16(%rbp), %rax\n"
    "  movq %rax, 192(%rsp)\n"
    "  movq %rsp, %rdi\n"
    "  movl %r11d, %esi\n"
    "  call foreign_call\n"
    "  movq 176(%rsp), %rax\n"
    "  movsd 184(%rsp), %xmm0\n"
    "  leave\n"
    "  ret\n"
    ".size trampoline, . - trampoline\n"
    ".balign 16\n"
    ".hidden replay_call\n"
    ".globl replay_call\n"
    ".type replay_call, @function\n"
    "replay_call:\n"
    "  pushq %rbp\n"
    "  movq %rsp, %rbp\n"
    "  pushq %rbx\n"
    "  subq $(8 * " TEXT(STACK_WORDS) " + 8), %rsp\n"
    "  movq %rdi, %rbx\n"
    "  movq %rsi, %r11\n"
    "  movq 192(%rbx), %rsi\n"
    "  testq %rsi, %rsi\n"
    "  jz 1f\n"
    "  movq %rsp, %rdi\n"
    "  movl $" TEXT(STACK_WORDS) ", %ecx\n"
    "  rep movsq\n"
    "1:\n"
    "  movq (%rbx), %rdi\n"
    "  movq 8(%rbx), %rsi\n"
    "  movq 16(%rbx), %rdx\n"
    "  movq 24(%rbx), %rcx\n"
    "  movq 32(%rbx), %r8\n"
    "  movq 40(%rbx), %r9\n"
    "  movaps 48(%rbx), %xmm0\n"
    "  movaps 64(%rbx), %xmm1\n"
    "  movaps 80(%rbx), %xmm2\n"
    "  movaps 96(%rbx), %xmm3\n"
    "  movaps 112(%rbx), %xmm4\n"
    "  movaps 128(%rbx), %xmm5\n"
    "  movaps 144(%rbx), %xmm6\n"
    "  movaps 160(%rbx), %xmm7\n"
    "  movl $8, %eax\n"
    "  call *%r11\n"
    "  movq %rax, 176(%rbx)\n"
    "  movsd %xmm0, 184(%rbx)\n"
    "  movq -8(%rbp), %rbx\n"
    "  leave\n"
    "  ret\n"
    ".size replay_call, . - replay_call\n");

#else

_Static_assert(sizeof(struct call_frame) == 224 && offsetof(struct call_frame, result) == 192, "as the code below has it");

__asm__(
    ".text\n"
    ".balign 16\n"
    ".hidden trampoline_code\n"
    ".globl trampoline_code\n"
    "trampoline_code:\n"
    ".set row, 0\n"
    ".rept " TEXT(MAX_CALLS) "\n"
    "  .balign 16\n"
    "  mov w17, #row\n"
    "  b trampoline\n"
    "  .set row, row + 1\n"
    ".endr\n"
    ".balign 16\n"
    ".type trampoline, %function\n"
    "trampoline:\n"
    "  mrs x16, tpidr_el0\n"
    "  adrp x15, host_thread\n"
    "  ldr x15, [x15, #:lo12:host_thread]\n"
    "  cmp x16, x15\n"
    "  b.ne 1f\n"
    "  adrp x16, fallback\n"
    "  add x16, x16, #:lo12:fallback\n"
    "  ldr x16, [x16, x17, lsl #3]\n"
    "  br x16\n"
    "1:\n"
    "  stp x29, x30, [sp, #-16]!\n"
    "  mov x29, sp\n"
    "  sub sp, sp, #224\n"
    "  stp x0, x1, [sp]\n"
    "  stp x2, x3, [sp, #16]\n"
    "  stp x4, x5, [sp, #32]\n"
    "  stp x6, x7, [sp, #48]\n"
    "  stp q0, q1, [sp, #64]\n"
    "  stp q2, q3, [sp, #96]\n"
    "  stp q4, q5, [sp, #128]\n"
    "  stp q6, q7, [sp, #160]\n"
    "  add x0, x29, #16\n"
    "  str x0, [sp, #208]\n"
    "  mov x0, sp\n"
    "  mov w1, w17\n"
    "  bl foreign_call\n"
    "  ldr x0, [sp, #192]\n"
    "  ldr d0, [sp, #200]\n"
    "  mov sp, x29\n"
    "  ldp x29, x30, [sp], #16\n"
    "  ret\n"
    ".size trampoline, . - trampoline\n"
    ".balign 16\n"
    ".hidden replay_call\n"
    ".globl replay_call\n"
    ".type replay_call, %function\n"
    "replay_call:\n"
    "  stp x29, x30, [sp, #-32]!\n"
    "  mov x29, sp\n"
    "  str x19, [sp, #16]\n"
    "  sub sp, sp, #(8 * " TEXT(STACK_WORDS) ")\n"
    "  mov x19, x0\n"
    "  mov x16, x1\n"
    "  ldr x1, [x19, #208]\n"
    "  cbz x1, 2f\n"
    "  mov x2, #0\n"
    "1:\n"
    "  ldr x3, [x1, x2, lsl #3]\n"
    "  str x3, [sp, x2, lsl #3]\n"
    "  add x2, x2, #1\n"
    "  cmp x2, #" TEXT(STACK_WORDS) "\n"
    "  b.ne 1b\n"
    "2:\n"
    "  ldp q0, q1, [x19, #64]\n"
    "  ldp q2, q3, [x19, #96]\n"
    "  ldp q4, q5, [x19, #128]\n"
    "  ldp q6, q7, [x19, #160]\n"
    "  ldp x0, x1, [x19]\n"
    "  ldp x2, x3, [x19, #16]\n"
    "  ldp x4, x5, [x19, #32]\n"
    "  ldp x6, x7, [x19, #48]\n"
    "  blr x16\n"
    "  str x0, [x19, #192]\n"
    "  str d0, [x19, #200]\n"
    "  mov sp, x29\n"
    "  ldr x19, [sp, #16]\n"
    "  ldp x29, x30, [sp], #32\n"
    "  ret\n"
    ".size replay_call, . - replay_call\n");

#endif
