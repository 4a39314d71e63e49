/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stacks: sampled stacks, as a tree of calls. A node stands for a function at a line, called by that of the parent node
 * at the line of that one. Pure.
 */
#ifndef LPROF_STACKS_H
#define LPROF_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile_owner.h"

#define STACKS_NONE    0xffffffffu /* no node: the parent of an outermost one */
#define STACKS_DEEPEST 4096	   /* no stack has more frames, so that reports need not be prepared for more */

/* A function that samples were seen in. Functions are the same if all of this is the same. */
struct stack_function {
	char *name;	    /* of unknown code: "[unknown]", or what kind of code it is ("[vdso]", "[JIT]") */
	char *linkage_name; /* "" when it has none */
	char *file;	    /* "" when it is not known, and then there are no lines either */
	uint32_t line;	    /* on which it is declared; 0: not known */
	char *object;	    /* path of the ELF file that contains it; "" for none */
	char *build_id;	    /* in hexadecimal, or "" */
};

struct stack_node {
	uint32_t parent;   /* index of the caller's node, which is smaller than this node's own; or STACKS_NONE */
	uint32_t function; /* index */
	uint32_t line;	/* that was executed in the function: the interrupted one, or that of the call; 0: not known */
	uint32_t file;	/* of that line. 0: the function's own; otherwise an index in `files`, plus one */
	uint32_t owner; /* index: whose stack it is; the same as the parent's */
	/* What ended in this node, rather than in one further inside: */
	uint64_t samples;
	uint64_t cpu_ns;     /* the time on a processor that these samples stand for */
	uint64_t blocked_ns; /* the time off the processor, waiting or asleep */
};

struct stacks_index;

struct stacks {
	struct stack_function *functions;
	size_t n_functions;
	char **files; /* other files than the functions' own */
	size_t n_files;
	struct profile_owner *owners; /* one of zeros when figures are not kept apart */
	size_t n_owners;
	struct stack_node *nodes;
	size_t n_nodes;
	/*
	 * Between two samples of a processor; 0: not known. It may have changed; this is the one with which as many
	 * samples as fit into the time would tell as much of it as those that there are: the mean, each sample weighed
	 * by its own period. Of merged profiles the longest.
	 */
	uint64_t period_ns;
	uint64_t cut_samples;	    /* whose outermost callers are missing, since the stack could not be walked there */
	uint64_t lost_samples;	    /* that are in no node, for lack of room */
	uint64_t probed_samples;    /* that found a probe being handled; they are in no node */
	uint64_t unprobed_ns;	    /* how long samples were taken before any probe was put in; merged: the longest */
	struct stacks_index *index; /* private: finds what is there already */
};

/* NULL when out of memory. The caller owns the result. */
struct stacks *stacks__new(void);
void stacks__free(struct stacks *stacks); /* NULL is allowed */

/*
 * Find or add; strings are copied. Return the index, or -ENOMEM. An owner is the same if process, thread and rank are;
 * the name is that of the one that was added first.
 */
int64_t stacks__function(struct stacks *stacks, const struct stack_function *function);
int64_t stacks__file(struct stacks *stacks, const char *name); /* what `file` of a node is to be: the index plus one */
int64_t stacks__owner(struct stacks *stacks, const struct profile_owner *owner);

/*
 * Owners that are added after this are others than those before, even if their numbers are equal: they are processes of
 * another run.
 */
void stacks__close_owners(struct stacks *stacks);

/*
 * Finds or adds the child of NODE's parent that has NODE's function, line, file and owner, and adds NODE's figures.
 * Sums stop at UINT64_MAX. Returns its index, or -ENOMEM.
 */
int64_t stacks__add(struct stacks *stacks, const struct stack_node *node);

/*
 * Adds the figures of OTHER to STACKS. Owner i of OTHER becomes owners[i] of STACKS; with NULL, all owners become one,
 * which stands for all. 0 or -ENOMEM.
 */
int stacks__merge(struct stacks *stacks, const struct stacks *other, const uint32_t *owners);

/*
 * Takes the figures of OTHER off STACKS, but nothing below zero; owners are as above. STACKS gains what only OTHER has,
 * with figures of zero. 0 or -ENOMEM.
 */
int stacks__subtract(struct stacks *stacks, const struct stacks *other, const uint32_t *owners);

/*
 * Sets *owners, for the two functions above, to the owners in STACKS that are the same as those of OTHER. STACKS gains
 * those that it lacks. To be released with free(). 0 or -ENOMEM.
 */
int stacks__owners(struct stacks *stacks, const struct stacks *other, uint32_t **owners);

/* Whether there are samples. STACKS may be NULL. */
bool stacks__any(const struct stacks *stacks);

/* The name of the file of NODE's line. Borrowed from STACKS. */
const char *stacks__file_name(const struct stacks *stacks, const struct stack_node *node);

/* The time that ended in NODE: all, or that on a processor alone. */
uint64_t stack_node__time(const struct stack_node *node, bool cpu);

/* Time of a function or a line in samples. */
struct stack_times {
	uint64_t own_samples, samples;	     /* that ended in it; that went through it */
	uint64_t own_cpu_ns, own_blocked_ns; /* that ended in it */
	uint64_t cpu_ns, blocked_ns;	     /* that went through it, each sample counted once */
};

/*
 * Sets times[f] for each function f: a sample that goes through several activations of a function is counted once.
 * 0 or -ENOMEM.
 */
int stacks__function_times(const struct stacks *stacks, struct stack_times *times);

/* Sets times[n] for each node n: its own, and with those of all nodes further inside. */
void stacks__node_times(const struct stacks *stacks, struct stack_times *times);

/*
 * Sets outer[n], for each node n whose stack goes through an earlier node of the same group, to the nearest such node.
 * Of other nodes it is STACKS_NONE. 0 or -ENOMEM.
 */
int stacks__find_outer(const struct stacks *stacks, const uint32_t *groups, size_t n_groups, uint32_t *outer);

/* The sum over all nodes. */
struct stack_times stacks__total(const struct stacks *stacks);

#endif
