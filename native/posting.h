/* Calls that are posted (posting.c). */
#ifndef GRAFTIS_POSTING_H
#define GRAFTIS_POSTING_H

#include "handover.h"

/* Posts a call if there is a recipe for its row: then the frame has the result. 0 when it must be handed over. */
int post_call(struct call_frame *frame, uint32_t index);

#endif
