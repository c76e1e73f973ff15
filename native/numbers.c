/* Decimal text. */
#include "call-block.h"

static const char DIGITS[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657"
    "5859606162636465666768697071727374757677787980818283848586878889909192939495969798"
    "99";

char *unsigned_number(char *to, uint64_t number) {
    char text[20];
    char *digit = text + sizeof text;
    while (number >= 100) {
        digit -= 2;
        __builtin_memcpy(digit, DIGITS + number % 100 * 2, 2);
        number /= 100;
    }
    if (number >= 10) __builtin_memcpy(digit -= 2, DIGITS + number * 2, 2);
    else *--digit = (char)('0' + number);
    size_t length = (size_t)(text + sizeof text - digit);
    memcpy(to, digit, length);
    return to + length;
}

char *signed_number(char *to, int64_t number) {
    if (number >= 0) return unsigned_number(to, (uint64_t)number);
    *to++ = '-';
    return unsigned_number(to, 0 - (uint64_t)number);
}
