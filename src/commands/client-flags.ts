/** Bits of `Client.flags`. They live here because commands read and set them. */
export const CLIENT_MULTI = 1 << 0;
export const CLIENT_BLOCKED = 1 << 1;
export const CLIENT_CLOSE_AFTER_REPLY = 1 << 2;
/** Unlinked: nothing of it may be used any more. */
export const CLIENT_CLOSED = 1 << 3;
/** To be closed at the end of the round. */
export const CLIENT_CLOSE_ASAP = 1 << 4;
export const CLIENT_MONITOR = 1 << 5;
export const CLIENT_REPLY_OFF = 1 << 6;
export const CLIENT_REPLY_SKIP_NEXT = 1 << 7;
export const CLIENT_REPLY_SKIP = 1 << 8;
export const CLIENT_NO_EVICT = 1 << 9;
export const CLIENT_NO_TOUCH = 1 << 10;
export const CLIENT_PUBSUB = 1 << 11;
/** No connection behind it: commands of modules and of the library. */
export const CLIENT_INTERNAL = 1 << 12;
export const CLIENT_DIRTY_CAS = 1 << 13;
export const CLIENT_DIRTY_EXEC = 1 << 14;
export const CLIENT_DENY_BLOCKING = 1 << 15;
export const CLIENT_MODULE = 1 << 16;
