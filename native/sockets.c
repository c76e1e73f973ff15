/*
 * Sockets: all reads of a round in one call, all its sends in another. src/net/socket-batches.ts is the other side.
 *
 * Invariants: nothing is written outside of the blocks that the host names, whatever the events say. Descriptors are looked
 * up in `allowed` only below `allowed_count`; reads end at `capacity`; one item is written for each event.
 */
#include "syscall.h"

/* struct epoll_event: packed on x86-64 only. The host puts two numbers into its 64 bits of data. */
struct event {
    uint32_t events;
#if !defined(__x86_64__)
    uint32_t padding;
#endif
    int32_t fd;
    int32_t serial;
};

/* What became of an event. `length`: bytes read to `start` of the buffer, 0 at the stream's end, -errno, or NOT_READ. */
struct item {
    int32_t fd;
    int32_t serial;
    uint32_t events;
    uint32_t start;
    int32_t length;
};

#define NOT_READ INT32_MIN

struct receive {
    const struct event *events;
    struct item *items;
    /* By descriptor: 1 where bytes may be read to the buffer. */
    const uint8_t *allowed;
    uint8_t *buffer;
    uint32_t allowed_count;
    uint32_t capacity;
    /* No read has less room than this. */
    uint32_t least;
    /* Results: index of the first event that was not looked at, for want of room; end of what was read. */
    uint32_t next;
    uint32_t end;
};

enum { EPOLL_IN = 1, EPOLL_ERR = 8, EPOLL_HUP = 0x10, MSG_NO_SIGNAL = 0x4000 };

#define RECVFROM NUMBER(45, 207)
#define SENDTO NUMBER(44, 206)

/* Looks at events first .. count - 1, reads from each connection once, from the buffer's start on, and fills the items. */
GRAFTIS_EXPORT void graftis_receive(struct receive *r, uint32_t first, uint32_t count) {
    uint32_t end = 0;
    uint32_t i = first;
    for (; i < count; i++) {
        const struct event *event = &r->events[i];
        struct item *item = &r->items[i];
        uint32_t fd = (uint32_t)event->fd;
        int reads = event->events & (EPOLL_IN | EPOLL_ERR | EPOLL_HUP) && fd < r->allowed_count && r->allowed[fd];
        long length = NOT_READ;
        if (reads) {
            uint32_t room = r->capacity - end;
            if (room < r->least) break;
            length = SYSCALL(RECVFROM, fd, r->buffer + end, room, 0, 0, 0);
        }
        item->fd = event->fd;
        item->serial = event->serial;
        item->events = event->events;
        item->start = end;
        item->length = (int32_t)length;
        if (length > 0) end += (uint32_t)length;
    }
    r->next = i;
    r->end = end;
}

/* Bytes from .. from + length - 1 of the buffer for a connection. Numbers are doubles, which JavaScript writes fastest. */
struct transmission {
    double fd;
    double from;
    double length;
    /* Bytes taken, or -errno. */
    double result;
};

GRAFTIS_EXPORT void graftis_send(struct transmission *list, uint32_t count, const uint8_t *buffer) {
    for (struct transmission *each = list; each < list + count; each++) {
        const uint8_t *from = buffer + (size_t)each->from;
        each->result = (double)SYSCALL(SENDTO, (int)each->fd, from, (size_t)each->length, MSG_NO_SIGNAL, 0, 0);
    }
}
