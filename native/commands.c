/*
 * Commands of modules: from the command line to the module's function.
 *
 * The arguments become strings in slots (src/module/abi/string-handles.ts), as `lend` and `takeBack` there make them and take
 * them back; here in one loop, and in the one crossing that the function is called with.
 */
#include "call-block.h"
#include "fork.h"

/* A slot: the record that its address is the handle of, then the bytes and a NUL. */
struct slot {
    uint64_t handle;
    uint64_t bytes;
    uint32_t length;
    uint32_t zeros[3];
    char text[SLOT_BYTES - 32];
};

static inline int32_t *table(double address) { return pointer_of(address); }

/* Puts `count` arguments into slots and their handles into `argv`; false when a slot is taken or too small. */
static int lend(struct given_block *given, int count, void **argv) {
    int first = (int)strings->firstSlot, slots = (int)strings->slots, next = (int)strings->nextSlot;
    struct slot *place = pointer_of(strings->slotsBegin);
    const char *bytes = pointer_of(given->bytes);
    int32_t *references = table(strings->references) + first, *lengths = table(strings->lengths) + first;
    int32_t *owners = table(strings->owners) + first, *serials = table(strings->serials) + first;
    for (int i = 0, at = next; i < count; i++, at = at + 1 == slots ? 0 : at + 1)
        if ((size_t)given->lengths[i] >= sizeof place->text || references[at] != 0) return 0;
    for (int i = 0; i < count; i++) {
        int32_t length = given->lengths[i];
        struct slot *slot = place + next;
        memcpy(slot->text, bytes + given->offsets[i], (size_t)length);
        slot->text[length] = 0;
        slot->length = (uint32_t)length;
        lengths[next] = length;
        references[next] = 1;
        owners[next] = 0;
        given->entries[i] = first + next;
        given->serials[i] = ++serials[next];
        argv[i] = slot;
        next = next + 1 == slots ? 0 : next + 1;
    }
    strings->nextSlot = next;
    return 1;
}

/* Takes arguments back that are as they were lent, or that the module has kept; the others are left to JavaScript. */
static void take_back(const struct given_block *lent, struct given_block *given, int count) {
    int32_t *references = table(strings->references);
    const int32_t *serials = table(strings->serials), *data = table(strings->data);
    int32_t kept = 0, left = 0;
    for (int i = 0; i < count; i++) {
        int32_t entry = lent->entries[i];
        if (serials[entry] != lent->serials[i] || references[entry] < 1 || (references[entry] == 1 && data[entry] >= 0)) {
            given->entries[i] = entry;
            given->serials[i] = lent->serials[i];
            left |= 1 << i;
        } else if (--references[entry] > 0) {
            kept++;
        }
    }
    given->kept = kept;
    given->left = left;
}

/*
 * Calls the function of `block->given` with the context of the block and its arguments. -1: their strings do not fit in
 * slots, and nothing was done. The block belongs to whatever the function calls meanwhile.
 */
GRAFTIS_EXPORT int graftis_run_command(void) {
    void *argv[MAX_GIVEN];
    struct given_block lent;
    struct given_block *given = &block->given;
    int argc = given->argc;
    int (*run)(void *, void **, int) = (int (*)(void *, void **, int))(uintptr_t)given->run;
    if (!lend(given, argc, argv)) return -1;
    memcpy(lent.entries, given->entries, sizeof lent.entries + sizeof lent.serials);
    run(pointer_of(block->context), argv, argc);
    end_child_that_returns();
    take_back(&lent, given, argc);
    return 0;
}
