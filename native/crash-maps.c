/*
 * What is mapped in the process, as /proc/self/maps says: which library an address is in, and where the stack ends. Kept
 * in static memory, since nothing may be allocated when it is read.
 */
#include "crash.h"

enum { MAX_MAPPINGS = 512, NAMES_BYTES = 32768, LINE_BYTES = 512 };
#define READ NUMBER(0, 63)
#define CLOSE NUMBER(3, 57)
#define OPENAT NUMBER(257, 56)
enum { AT_CWD = -100, CLOSE_ON_EXEC = 02000000 };

static struct mapping mappings[MAX_MAPPINGS];
static int count;
static char names[NAMES_BYTES];
static uint32_t namesEnd;
static struct mapping stack;

static const char *hex(const char *text, uint64_t *number) {
    *number = 0;
    for (;; text++) {
        int digit = *text >= '0' && *text <= '9' ? *text - '0' : *text >= 'a' && *text <= 'f' ? *text - 'a' + 10 : -1;
        if (digit < 0) return text;
        *number = *number << 4 | (unsigned)digit;
    }
}

static const char *skip_field(const char *text) {
    while (*text != ' ' && *text != 0) text++;
    while (*text == ' ') text++;
    return text;
}

/* Libraries are mapped in pieces one after the other: a name is kept once for all of them. */
static uint32_t keep_name(const char *name) {
    if (*name == 0) return 0;
    if (count > 0 && mappings[count - 1].name != 0) {
        const char *last = names + mappings[count - 1].name;
        const char *next = name;
        while (*last != 0 && *last == *next) last++, next++;
        if (*last == *next) return mappings[count - 1].name;
    }
    uint32_t length = 0;
    while (name[length] != 0) length++;
    if (namesEnd + length + 1 > NAMES_BYTES) return 0;
    uint32_t at = namesEnd;
    for (uint32_t i = 0; i <= length; i++) names[namesEnd++] = name[i];
    return at;
}

/* `from-to rwxp offset device inode   name` */
static void read_line(const char *text, uintptr_t stackAddress) {
    uint64_t from, to, offset;
    text = hex(text, &from);
    text = hex(text + (*text == '-'), &to);
    if (*text != ' ') return;
    const char *permissions = text + 1;
    const char *field = skip_field(permissions);
    hex(field, &offset);
    field = skip_field(skip_field(field));
    struct mapping mapping = {from, to, offset, 0, *field != '0', permissions[0] == 'r', permissions[2] == 'x'};
    if (stackAddress >= from && stackAddress < to) stack = mapping;
    /* A stack that ran over ends in a page that nobody may read: the stack is what follows. */
    if (stack.to == from && !stack.isReadable) stack = mapping;
    if (!mapping.isCode || count == MAX_MAPPINGS) return;
    mapping.name = keep_name(skip_field(field));
    mappings[count++] = mapping;
}

void read_maps(uintptr_t stackAddress) {
    static char buffer[4096];
    static char line[LINE_BYTES];
    count = 0;
    namesEnd = 1;
    stack = (struct mapping){0};
    int fd = (int)SYSCALL(OPENAT, AT_CWD, "/proc/self/maps", CLOSE_ON_EXEC, 0, 0, 0);
    if (fd < 0) return;
    int length = 0;
    long got;
    while ((got = SYSCALL(READ, fd, buffer, sizeof buffer, 0, 0, 0)) > 0) {
        for (long i = 0; i < got; i++) {
            if (buffer[i] != '\n') {
                if (length < LINE_BYTES - 1) line[length++] = buffer[i];
                continue;
            }
            line[length] = 0;
            length = 0;
            read_line(line, stackAddress);
        }
    }
    SYSCALL(CLOSE, fd, 0, 0, 0, 0, 0);
}

const struct mapping *code_at(uintptr_t address) {
    for (int i = 0; i < count; i++)
        if (address >= mappings[i].from && address < mappings[i].to) return &mappings[i];
    return NULL;
}

const struct mapping *stack_mapping(void) { return stack.to == 0 ? NULL : &stack; }

const char *mapping_name(const struct mapping *mapping) {
    return mapping->name == 0 ? "code without a name" : names + mapping->name;
}

int follows_call(const struct mapping *mapping, uintptr_t address) {
    const unsigned char *code = (const unsigned char *)address;
    uintptr_t room = address - mapping->from;
    if (!mapping->isReadable) return 0;
#if defined(__x86_64__)
    /* E8 and 32 bits; or FF /2 with an operand of 1, 2, 3, 5 or 6 bytes behind its first one. */
    if (room >= 5 && code[-5] == 0xe8) return 1;
    static const int LENGTHS[] = {2, 3, 4, 6, 7};
    for (int i = 0; i < 5; i++) {
        int length = LENGTHS[i];
        if (room >= (uintptr_t)length && code[-length] == 0xff && (code[1 - length] >> 3 & 7) == 2) return 1;
    }
    return 0;
#else
    if (room < 4 || (address & 3) != 0) return 0;
    uint32_t instruction = *(const uint32_t *)(code - 4);
    return (instruction & 0xfc000000) == 0x94000000 || (instruction & 0xfffffc1f) == 0xd63f0000;
#endif
}
