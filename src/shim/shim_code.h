/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_code: the code objects of a Python program that are counted. Whoever calls holds the interpreter's lock.
 *
 * This is compiled once for all versions of Python from 3.12 on, by the stable ABI. References are counted by
 * Py_IncRef() and Py_DecRef() alone. Py_INCREF() and Py_DECREF() would be compiled as they were before some objects
 * lasted for ever: then each event would add one to the count of None that nobody takes off again, and it overflows
 * after 2^30 events.
 */
#ifndef LPROF_SHIM_CODE_H
#define LPROF_SHIM_CODE_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include "shim/shim_counts.h"
#include "shim/shim_selection.h"

struct shim_code {
	PyObject *object;    /* the code object, borrowed: when it is freed, so is this */
	PyObject *reference; /* a weak reference, which tells when that happens */
	uint32_t function;   /* its ID in THREAD; 0: there is no room for it */
	uint32_t thread;     /* its number; 0: threads are not kept apart */
	uint32_t gate;	     /* the number of its gate, within a budget */
	bool *counted;	     /* per line's number: its hits are counted in this window; NULL: it was in none */
	struct shim_identity identity;
	uint32_t *numbers; /* by line less first: the line's number among the function's lines; 0: it is none of them */
	uint32_t first, n_numbers;
	uint32_t *units; /* the line of each pair of bytes of bytecode; 0: none */
	uint32_t n_units;
};

struct shim_codes {
	struct shim_code **slots; /* by the object's address */
	size_t room, n, n_gone;	  /* ROOM is a power of two, or 0; of the slots, N are in use and N_GONE were */
};

/* What is known of the code object, or NULL. */
struct shim_code *shim_codes__find(const struct shim_codes *codes, PyObject *object);

/*
 * Adds the code object, whose execution begins at the byte START of its code (-1: that is not known, since it has
 * begun already), if SELECTION wants it. Returns 0 and
 * *out, NULL when it is not wanted; or -1, with no exception set: it cannot be counted.
 */
int shim_codes__add(struct shim_codes *codes, PyObject *object, long start, const struct shim_selection *selection,
		    struct shim_code **out);

/* Calls FN with each code object. */
void shim_codes__each(const struct shim_codes *codes, void (*fn)(PyObject *object, void *ctx), void *ctx);

/*
 * Learns from CODE, of a function that is no generator, by which instruction the execution of a function begins. Only
 * then may START be -1: it is looked for. Leaves no exception.
 */
void shim_codes__learn(PyObject *code);

/* Forgets all of them. */
void shim_codes__clear(struct shim_codes *codes);

/* The number of LINE among the function's lines, from 1; 0: it is none of them. */
static inline uint32_t shim_code__number(const struct shim_code *code, long line)
{
	unsigned long at = (unsigned long)line - code->first;

	return at < code->n_numbers ? code->numbers[at] : 0;
}

/* The line of the byte AT of its code; 0: it has none. */
static inline uint32_t shim_code__line(const struct shim_code *code, long at)
{
	unsigned long unit = (unsigned long)at / 2;

	return unit < code->n_units ? code->units[unit] : 0;
}

#endif
