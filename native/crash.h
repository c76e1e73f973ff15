/* What a crash report is made of: crash.c has the signals and the report, crash-text.c its lines. */
#ifndef GRAFTIS_CRASH_H
#define GRAFTIS_CRASH_H

#include "syscall.h"

/* Written by the host (src/module/last-words.ts), read when a signal comes. Addresses are doubles; 0 is none. */
struct crash_block {
    double activity; /* int32_t[3] of the server's calls into modules (activity.ts): count, module, command */
    double api;      /* int32_t[1]: number of the API function in progress, 0: none */
    double names;    /* char[count][NAME_BYTES]: of modules and commands, by number */
    double apiNames; /* the same of API functions */
    double missing;  /* text: which functions modules asked for in vain */
    double path;     /* text: the log file; empty for standard output */
    double version;  /* text */
    int32_t nameCount;
    int32_t apiCount;
    int32_t zoneSeconds; /* local time less UTC */
    int32_t json;        /* one JSON object a line */
};
enum { NAME_BYTES = 64 };

/* In crash-text.c. One line of the report at a time. */
struct line {
    int fd;
    int json;
    int length;
    int headLength;
    char head[80]; /* before the text of each line of the log: process, time, level */
    char text[1024];
};
void line_head(struct line *line, const struct crash_block *block);
void add_text(struct line *line, const char *text);
void add_number(struct line *line, int64_t number);
void add_hex(struct line *line, uint64_t number);
/* Writes the line and begins the next one; `framed`: with the head of a line of the log. */
void end_line(struct line *line, int framed);

/* In crash-maps.c. */
struct mapping {
    uintptr_t from;
    uintptr_t to;
    uint64_t offset;  /* in the file */
    uint32_t name;    /* in the text of names; 0: none */
    uint8_t isFile;
    uint8_t isReadable;
    uint8_t isCode;
};
/* Reads what is mapped, of which only code and the mapping of `stack` are kept. */
void read_maps(uintptr_t stack);
const struct mapping *code_at(uintptr_t address);
const struct mapping *stack_mapping(void);
const char *mapping_name(const struct mapping *mapping);
/* Whether the instruction in front of `address` is a call: a return address, most likely. */
int follows_call(const struct mapping *mapping, uintptr_t address);

/* In crash-symbols.c. The exported function of the shim's that an address is in, NULL for any other. */
const char *own_function(uintptr_t address);

#endif
