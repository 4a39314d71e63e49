// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_code.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

#define MOST_SPAN 1000000u /* from a function's first line to its last; none that somebody wrote has more */
#define GONE	  ((struct shim_code *)1)

/* The instruction by which functions begin, which is another one in each version of Python; 0: not known. */
static unsigned char resume;

static size_t slot_of(const struct shim_codes *codes, PyObject *object)
{
	uint64_t hash = (uint64_t)(uintptr_t)object * 0x9e3779b97f4a7c15u;

	return (size_t)(hash >> 32) & (codes->room - 1);
}

struct shim_code *shim_codes__find(const struct shim_codes *codes, PyObject *object)
{
	struct shim_code *code;

	if (!codes->room)
		return NULL;
	for (size_t slot = slot_of(codes, object); (code = codes->slots[slot]); slot = (slot + 1) & (codes->room - 1))
		if (code != GONE && code->object == object)
			return code;
	return NULL;
}

static void put(struct shim_codes *codes, struct shim_code *code)
{
	size_t slot = slot_of(codes, code->object);

	while (codes->slots[slot])
		slot = (slot + 1) & (codes->room - 1);
	codes->slots[slot] = code;
	codes->n++;
}

/* Keeps the table at most half full. 0 or -1. */
static int reserve(struct shim_codes *codes)
{
	struct shim_codes larger = {.room = 64};

	if (2 * (codes->n + codes->n_gone + 1) <= codes->room)
		return 0;
	while (larger.room < 4 * (codes->n + 1))
		larger.room *= 2;
	larger.slots = calloc(larger.room, sizeof(struct shim_code *));
	if (!larger.slots)
		return -1;
	for (size_t i = 0; i < codes->room; i++)
		if (codes->slots[i] && codes->slots[i] != GONE)
			put(&larger, codes->slots[i]);
	free(codes->slots);
	*codes = larger;
	return 0;
}

static void free_code(struct shim_code *code)
{
	free((char *)code->identity.name);
	free((char *)code->identity.qualname);
	free((char *)code->identity.file);
	free((uint32_t *)code->identity.lines);
	free(code->numbers);
	free(code->counted);
	free(code->units);
	free(code);
}

static void drop(struct shim_codes *codes, const struct shim_code *code)
{
	for (size_t slot = slot_of(codes, code->object); codes->slots[slot]; slot = (slot + 1) & (codes->room - 1))
		if (codes->slots[slot] == code) {
			codes->slots[slot] = GONE;
			codes->n--;
			codes->n_gone++;
			return;
		}
}

/* A copy of an attribute that is a text, owned by the caller; NULL: out of memory, with an exception or without one. */
static char *copy_text(PyObject *object, const char *attribute)
{
	PyObject *text = PyObject_GetAttrString(object, attribute), *bytes;
	char *copy = NULL;

	/* What Python made of bytes that are no UTF-8 becomes these bytes again. */
	bytes = text ? PyUnicode_AsEncodedString(text, "utf-8", "surrogateescape") : NULL;
	if (!bytes && text) {
		PyErr_Clear();
		bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
	}
	if (bytes)
		copy = strndup(PyBytes_AsString(bytes), LPROF_SHIM_LONGEST_TEXT - 1);
	Py_DecRef(bytes);
	Py_DecRef(text);
	return copy;
}

static int read_names(struct shim_code *code)
{
	PyObject *line;

	code->identity.name = copy_text(code->object, "co_name");
	/* The interpreter may not be asked for anything while an exception is set. */
	if (code->identity.name)
		code->identity.qualname = copy_text(code->object, "co_qualname");
	if (code->identity.qualname)
		code->identity.file = copy_text(code->object, "co_filename");
	if (!code->identity.file)
		return -1;
	line = PyObject_GetAttrString(code->object, "co_firstlineno");
	if (!line)
		return -1;
	code->identity.first_line = (uint32_t)PyLong_AsLong(line);
	Py_DecRef(line);
	return PyErr_Occurred() ? -1 : 0;
}

/* A piece of bytecode, in bytes, that is of one line. */
struct piece {
	long begin, end;
	long line; /* 0 or less: none */
};

static long long_at(PyObject *tuple, Py_ssize_t at)
{
	PyObject *item = PyTuple_GetItem(tuple, at);

	return item && item != Py_None ? PyLong_AsLong(item) : 0;
}

/* The next piece of an iterator of co_lines(). 1; 0: there is none; -1: an exception is set. */
static int next_piece(PyObject *iterator, struct piece *piece)
{
	PyObject *tuple = PyIter_Next(iterator);

	if (!tuple)
		return PyErr_Occurred() ? -1 : 0;
	*piece = (struct piece){long_at(tuple, 0), long_at(tuple, 1), long_at(tuple, 2)};
	Py_DecRef(tuple);
	return PyErr_Occurred() ? -1 : 1;
}

static int add_units(struct shim_code *code, const struct piece *piece, size_t *room)
{
	size_t end = (size_t)piece->end / 2;

	if (piece->begin < 0 || piece->end < piece->begin || piece->end > INT32_MAX ||
	    grow__to(&code->units, room, end, sizeof(*code->units)))
		return -1;
	for (; code->n_units < end; code->n_units++)
		code->units[code->n_units] = piece->line > 0 ? (uint32_t)piece->line : 0;
	return 0;
}

static int read_units(struct shim_code *code)
{
	PyObject *list = PyObject_CallMethod(code->object, "co_lines", NULL);
	PyObject *iterator = list ? PyObject_GetIter(list) : NULL;
	struct piece piece;
	size_t room = 0;
	int found = iterator ? 1 : -1;

	while (found > 0) {
		found = next_piece(iterator, &piece);
		if (found > 0 && add_units(code, &piece, &room))
			found = -1;
	}
	Py_DecRef(iterator);
	Py_DecRef(list);
	code->identity.code_size = 2 * code->n_units;
	return code->units ? found : -1;
}

/* From which line to which there is code from unit BEGIN on. Returns false if there is none. */
static bool find_span(const struct shim_code *code, uint32_t begin, uint32_t *first, uint32_t *last)
{
	*first = UINT32_MAX;
	*last = 0;
	for (uint32_t i = begin; i < code->n_units; i++) {
		uint32_t line = code->units[i];

		if (line && line < *first)
			*first = line;
		if (line > *last)
			*last = line;
	}
	return *last != 0;
}

/* The unit of the first instruction that begins a function, of the N units BYTES; -1: there is none. */
static long find_resume(const char *bytes, size_t n)
{
	for (size_t i = 0; resume && i < n; i++)
		/* The other ones go on behind a yield or an await, which their arguments say. */
		if ((unsigned char)bytes[2 * i] == resume && !(bytes[2 * i + 1] & 3))
			return (long)i;
	return -1;
}

/*
 * The unit behind the instruction at byte START, with which the execution begins, and behind its inline cache, whose
 * units are instructions 0 in all versions. Returns false with an exception.
 */
static bool find_begin(const struct shim_code *code, long start, uint32_t *begin)
{
	PyObject *object = PyObject_GetAttrString(code->object, "co_code");
	const char *bytes = object ? PyBytes_AsString(object) : NULL;
	size_t n = bytes ? (size_t)PyBytes_Size(object) / 2 : 0;

	*begin = (uint32_t)((start >= 0 ? start / 2 : find_resume(bytes, n)) + 1);
	while (*begin < n && !bytes[2 * (size_t)*begin])
		++*begin;
	Py_DecRef(object);
	return bytes;
}

/* Numbers the lines that have code behind the instruction at byte START, with which the execution begins. */
static int number_lines(struct shim_code *code, long start)
{
	uint32_t begin, last, *lines;

	if (!find_begin(code, start, &begin))
		return -1;
	if (find_span(code, begin, &code->first, &last)) {
		if (last - code->first >= MOST_SPAN)
			return -1;
		code->n_numbers = last - code->first + 1;
	}
	code->numbers = calloc(code->n_numbers + 1, sizeof(*code->numbers));
	lines = calloc(code->n_numbers + 1, sizeof(*lines));
	code->identity.lines = lines;
	code->identity.n_lines = 1; /* the entry */
	if (!code->numbers || !lines)
		return -1;
	for (uint32_t i = begin; i < code->n_units; i++)
		if (code->units[i])
			code->numbers[code->units[i] - code->first] = 1; /* it has code */
	for (uint32_t i = 0; i < code->n_numbers; i++)
		if (code->numbers[i]) {
			code->numbers[i] = code->identity.n_lines;
			lines[code->identity.n_lines++] = code->first + i;
		}
	return 0;
}

/* What the weak reference to a code object calls when that is freed. */
struct farewell {
	struct shim_codes *codes;
	struct shim_code *code;
};

#define FAREWELL "lprof-bpf.farewell"

static PyObject *say_farewell(PyObject *self, PyObject *reference)
{
	struct farewell *farewell = PyCapsule_GetPointer(self, FAREWELL);

	if (farewell && farewell->code) {
		drop(farewell->codes, farewell->code);
		free_code(farewell->code);
		farewell->code = NULL;
		Py_DecRef(reference); /* it was the code's */
	}
	Py_IncRef(Py_None);
	return Py_None;
}

static PyMethodDef farewell_method = {"farewell", say_farewell, METH_O, NULL};

static void free_farewell(PyObject *capsule)
{
	free(PyCapsule_GetPointer(capsule, FAREWELL));
}

static int refer(struct shim_codes *codes, struct shim_code *code)
{
	struct farewell *farewell = malloc(sizeof(*farewell));
	PyObject *capsule, *callback = NULL;

	if (!farewell)
		return -1;
	*farewell = (struct farewell){codes, code};
	capsule = PyCapsule_New(farewell, FAREWELL, free_farewell);
	if (!capsule)
		free(farewell);
	else
		callback = PyCFunction_New(&farewell_method, capsule);
	if (callback)
		code->reference = PyWeakref_NewRef(code->object, callback);
	/* They are part of no cycle, and programs that count the collector's objects do not come across them. */
	if (code->reference) {
		PyObject_GC_UnTrack(code->reference);
		PyObject_GC_UnTrack(callback);
	}
	Py_DecRef(callback);
	Py_DecRef(capsule);
	return code->reference ? 0 : -1;
}

void shim_codes__each(const struct shim_codes *codes, void (*fn)(PyObject *object, void *ctx), void *ctx)
{
	for (size_t i = 0; i < codes->room; i++)
		if (codes->slots[i] && codes->slots[i] != GONE)
			fn(codes->slots[i]->object, ctx);
}

void shim_codes__learn(PyObject *code)
{
	PyObject *object = PyObject_GetAttrString(code, "co_code");
	const char *bytes = object ? PyBytes_AsString(object) : NULL;

	if (bytes && PyBytes_Size(object) > 1)
		resume = (unsigned char)*bytes;
	PyErr_Clear();
	Py_DecRef(object);
}

void shim_codes__clear(struct shim_codes *codes)
{
	for (size_t i = 0; i < codes->room; i++)
		if (codes->slots[i] && codes->slots[i] != GONE) {
			Py_DecRef(codes->slots[i]->reference); /* so nobody is told when the object is freed */
			free_code(codes->slots[i]);
		}
	free(codes->slots);
	*codes = (struct shim_codes){0};
}

static int fill(struct shim_codes *codes, struct shim_code *code, long start, const struct shim_selection *selection,
		bool *wanted)
{
	int err = read_names(code);

	*wanted = !err && (!selection || shim_selection__may_want(selection, &code->identity));
	if (err || !*wanted)
		return err;
	err = read_units(code);
	if (!err)
		err = number_lines(code, start);
	*wanted = !err && (!selection || shim_selection__wants(selection, &code->identity));
	if (err || !*wanted)
		return err;
	err = reserve(codes);
	return err ? err : refer(codes, code);
}

int shim_codes__add(struct shim_codes *codes, PyObject *object, long start, const struct shim_selection *selection,
		    struct shim_code **out)
{
	struct shim_code *code = calloc(1, sizeof(*code));
	bool wanted;
	int err;

	*out = NULL;
	if (!code)
		return -1;
	code->object = object;
	err = fill(codes, code, start, selection, &wanted);
	if (err)
		PyErr_Clear();
	if (err || !wanted) {
		free_code(code);
		return err;
	}
	put(codes, code);
	*out = code;
	return 0;
}
