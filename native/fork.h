/* Fork children of modules (fork.c). */
#ifndef GRAFTIS_FORK_H
#define GRAFTIS_FORK_H

#include "calls.h"

/* This process is a fork child: no JavaScript runs here any more. */
extern int in_fork_child;

/* A call of the API in the child that the shim cannot answer. Fills in the result. */
void child_call(struct call_frame *frame, uint32_t index);

/* A line of the child for the log. */
void child_log(const char *level, const char *line);

/* Ends the child that has come back to where JavaScript would go on; returns at once in the parent. */
void end_child_that_returns(void);

#endif
