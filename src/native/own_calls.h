/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * own_calls: the calls and jumps by which one body of a function hands its activation to another body of the same
 * function (function_part.c tells how there come to be several). Such a call is no call of the function, and the time
 * that it takes is on the lines of the other body.
 *
 * Also the calls of the function by itself, be they inlined. Each is a call, but its time is on the lines of the inner
 * activation: counted on the line of the call as well, it would be counted once for each level of the recursion.
 */
#ifndef LPROF_OWN_CALLS_H
#define LPROF_OWN_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/debug_function.h"
#include "elf/objfile.h"
#include "flow/attribute.h"
#include "native/body.h"

struct own_call {
	const struct debug_instance *from, *to; /* borrowed */
	uint32_t insn;				/* of the body that holds FROM */
};

struct inner_code {
	const struct debug_instance *from; /* the outer activation; borrowed */
	uint32_t insn;			   /* of the body that holds FROM */
	bool inlined;			   /* it is the inner activation's, not the call of it */
};

struct own_calls {
	struct own_call *items; /* to be freed with free() */
	size_t n, capacity;
	/* Instructions of inner activations: the calls that make them, and what of them is inlined. To be freed too. */
	struct inner_code *inner;
	size_t n_inner, inner_capacity;
};

/*
 * Appends those that INSTANCE of FUNCTION, in BODY, makes to the N planned BODIES of OBJ. 0 or -ENOMEM. FUNCTION must
 * outlive CALLS.
 */
int own_calls__find(struct own_calls *calls, const struct objfile *obj, const struct debug_function *function,
		    const struct debug_instance *instance, const struct body *body, const struct body *bodies,
		    size_t n);

/*
 * Whether INSTANCE is nothing but a shell around another body, which it calls: each activation of it is one of that
 * body, which is counted there. (A body that deletes an object calls the destructor proper.)
 */
bool own_calls__is_shell(const struct own_calls *calls, const struct debug_instance *instance);

/*
 * Calls of the function by entering INSTANCE, whose body did what ATTRIBUTION says, ENTRIES times; less those of a part
 * that it made itself, which are counted with the part.
 */
int64_t own_calls__count(const struct own_calls *calls, const struct debug_instance *instance,
			 const struct attribution *attribution, uint64_t entries);

/* Whether instruction INSN of the body that holds INSTANCE is one of INSTANCE's own calls. */
bool own_calls__has(const struct own_calls *calls, const struct debug_instance *instance, uint32_t insn);

/* Whether the function called itself in INSTANCE, whose body did what ATTRIBUTION says. */
bool own_calls__recursed(const struct own_calls *calls, const struct debug_instance *instance,
			 const struct attribution *attribution);

/*
 * Takes what is not in the source out of CODE, which body__code() made of INSTANCE: the way into a part of a function,
 * which is on the line of the declaration.
 */
void own_calls__hide(const struct own_calls *calls, const struct debug_function *function,
		     const struct debug_instance *instance, const struct body *body, struct line_code *code);

/*
 * The times of the instructions of the body without what INSTANCE's own calls and inner activations took: a new array,
 * owned by the caller. NULL when out of memory.
 */
struct attribute_time *own_calls__times(const struct own_calls *calls, const struct debug_instance *instance,
					const struct attribution *attribution);

#endif
