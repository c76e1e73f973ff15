/* Lines of a crash report: put together in one buffer, written with one system call each. */
#include "crash.h"

char *unsigned_number(char *to, uint64_t number);

enum { CLOCK_REAL = 0 };
#define CLOCK_GETTIME NUMBER(228, 113)
#define GETPID NUMBER(39, 172)
#define WRITE NUMBER(1, 64)

static void add_char(struct line *line, char c) {
    if (line->length < (int)sizeof line->text) line->text[line->length++] = c;
}

void add_text(struct line *line, const char *text) {
    for (; *text != 0; text++) {
        /* Names are of modules' choice: nothing that ends a line or a JSON string. */
        unsigned char c = (unsigned char)*text;
        if (line->json && (c == '"' || c == '\\')) add_char(line, '\\');
        add_char(line, c < 32 || c == 127 ? '?' : (char)c);
    }
}

void add_number(struct line *line, int64_t number) {
    char digits[21];
    *unsigned_number(digits, (uint64_t)(number < 0 ? -number : number)) = 0;
    if (number < 0) add_char(line, '-');
    add_text(line, digits);
}

void add_hex(struct line *line, uint64_t number) {
    add_text(line, "0x");
    int shift = 60;
    while (shift > 0 && number >> shift == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) add_char(line, "0123456789abcdef"[number >> shift & 15]);
}

static char *put(char *to, const char *text) {
    while (*text != 0) *to++ = *text++;
    return to;
}

static char *put_padded(char *to, uint64_t number, int width) {
    for (uint64_t limit = 10; width > 1; width--, limit *= 10) {
        uint64_t power = 1;
        for (int i = 1; i < width; i++) power *= 10;
        if (number >= power) break;
        *to++ = '0';
    }
    return unsigned_number(to, number);
}

/* Day, month and year of a count of days since 1970 (years of 365.2425 days that begin in March). */
static char *put_date(char *to, int64_t days) {
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    days += 719468;
    int64_t era = days / 146097;
    int64_t day = days - era * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t ofYear = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * ofYear + 2) / 153;
    to = put_padded(to, (uint64_t)(ofYear - (153 * month + 2) / 5 + 1), 2);
    *to++ = ' ';
    int64_t ofCalendar = month < 10 ? month + 2 : month - 10;
    for (int i = 0; i < 3; i++) *to++ = MONTHS[3 * ofCalendar + i];
    *to++ = ' ';
    return unsigned_number(to, (uint64_t)(year + era * 400 + (ofCalendar <= 1)));
}

void line_head(struct line *line, const struct crash_block *block) {
    struct timespec_words now;
    SYSCALL(CLOCK_GETTIME, CLOCK_REAL, &now, 0, 0, 0, 0);
    uint64_t process = (uint64_t)SYSCALL(GETPID, 0, 0, 0, 0, 0, 0);
    uint64_t milliseconds = (uint64_t)now.nanoseconds / 1000000;
    char *to = line->head;
    line->json = block->json;
    line->length = 0;
    if (block->json) {
        to = put(to, "{\"level\":\"warning\",\"time\":");
        to = unsigned_number(to, (uint64_t)now.seconds * 1000 + milliseconds);
        to = put(to, ",\"pid\":");
        to = unsigned_number(to, process);
        to = put(to, ",\"msg\":\"");
    } else {
        int64_t local = now.seconds + block->zoneSeconds;
        int64_t second = local % 86400;
        to = put(unsigned_number(to, process), ":M ");
        to = put_date(to, local / 86400);
        *to++ = ' ';
        to = put_padded(to, (uint64_t)second / 3600, 2);
        *to++ = ':';
        to = put_padded(to, (uint64_t)second / 60 % 60, 2);
        *to++ = ':';
        to = put_padded(to, (uint64_t)second % 60, 2);
        *to++ = '.';
        to = put(put_padded(to, milliseconds, 3), " # ");
    }
    line->headLength = (int)(to - line->head);
}

static void write_all(int fd, const char *bytes, int length) {
    while (length > 0) {
        long written = SYSCALL(WRITE, fd, bytes, length, 0, 0, 0);
        if (written <= 0) return;
        bytes += written;
        length -= (int)written;
    }
}

void end_line(struct line *line, int framed) {
    char whole[sizeof line->head + sizeof line->text + 4];
    int length = 0;
    if (framed || line->json)
        for (int i = 0; i < line->headLength; i++) whole[length++] = line->head[i];
    for (int i = 0; i < line->length; i++) whole[length++] = line->text[i];
    if (line->json) {
        whole[length++] = '"';
        whole[length++] = '}';
    }
    whole[length++] = '\n';
    write_all(line->fd, whole, length);
    line->length = 0;
}
