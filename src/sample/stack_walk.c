// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/stack_walk.h"

#include <errno.h>
#include <string.h>

#include "base/process_memory.h"

/* A part of a thread's stack, read at once because each reading costs a system call. */
#define CHUNK 16384

struct stack_memory {
	pid_t pid;
	uint64_t begin, end;
	uint8_t bytes[CHUNK];
};

/* Reads the 8 bytes at ADDR. 0 or -EFAULT. */
static int read_stack(struct stack_memory *memory, uint64_t addr, __u64 *value)
{
	if (addr < memory->begin || addr >= memory->end || memory->end - addr < sizeof(*value)) {
		ssize_t n = process_memory__read(memory->pid, addr, memory->bytes, sizeof(memory->bytes));

		if (n < (ssize_t)sizeof(*value))
			return -EFAULT;
		memory->begin = addr;
		memory->end = addr + (uint64_t)n;
	}
	memcpy(value, memory->bytes + (addr - memory->begin), sizeof(*value));
	return 0;
}

#define unwind_read(memory, addr, value) read_stack(memory, addr, value)
#include "unwind.h"

/* A walk up a stack. */
struct walk {
	struct unwind_registers regs;
	bool called; /* regs.ip is a return address: the call is before it */
	struct stack_memory memory;
};

/*
 * Goes on to the caller of the FRAME, which is in OBJECT (NULL: in none). A handler of a signal returns to code that
 * has not called it, so that its address is the return address itself; the frame gets that.
 */
static enum unwind_end step(struct walk *walk, const struct sampled_object *object, struct sample_frame *frame)
{
	static const struct unwind_row by_frame_pointer = {.cfa = UNWIND_FRAME_POINTER};
	const struct unwind_row *row =
		object && object->table.n ? unwind_table__find(&object->table, frame->addr) : &by_frame_pointer;

	if (!row)
		return UNWIND_NO_RULE;
	if (row->cfa == UNWIND_SIGNAL)
		frame->addr += walk->called;
	/* A signal interrupted the next frame at its address; it did not call. */
	walk->called = row->cfa != UNWIND_SIGNAL;
	return unwind__step(&walk->regs, row, &walk->memory);
}

size_t stack_walk__frames(pid_t pid, const struct address_space *space, const struct sampled_objects *objects,
			  struct unwind_registers regs, struct sample_frame *frames, size_t most, bool *cut)
{
	/* A thread that does not run is behind the instruction of a system call. */
	struct walk walk = {.regs = regs, .called = true, .memory = {.pid = pid}};
	enum unwind_end end = UNWIND_GOES_ON;
	size_t n = 0;

	while (end == UNWIND_GOES_ON && n < most) {
		const struct sampled_object *object = NULL;
		struct sample_frame *frame = &frames[n++];

		*frame = address_space__frame(space, walk.regs.ip - walk.called);
		if (frame->object != SAMPLE_UNKNOWN)
			object = &objects->items[frame->object];
		end = step(&walk, object, frame);
	}
	*cut = end != UNWIND_DONE;
	return n;
}
