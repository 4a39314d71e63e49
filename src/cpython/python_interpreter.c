// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An object that defines _PyRuntime is an interpreter. Its probes are those of the provider "python"; each passes the
 * file, the name and the line of a function. A probe costs hardly anything until its semaphore is raised.
 *
 * Where an interpreter keeps its frames depends on its minor version. There is one row for each version whose layout
 * was verified by tests; from 3.13 on, an interpreter says it itself (python_offsets.c). From 3.12 on there are no such
 * probes, but Python counts lines itself if it is told to.
 */
#include "cpython/python_interpreter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/maps.h"
#include "base/process_memory.h"
#include "cpython/python_offsets.h"
#include "elf/objfile.h"
#include "elf/usdt.h"
#include "flow/insn.h"

#define VERSION_WITHOUT_PROBES 0x030c

/* Types of iterators, in the order of python_version.counters. */
static const char *const iterators[PYTHON_ITERATORS] = {
	"PyRangeIter_Type", "PyListIter_Type",	  "PyTupleIter_Type",	  "PyEnum_Type",	 "PyUnicodeIter_Type",
	"PySeqIter_Type",   "PyDictIterKey_Type", "PyDictIterValue_Type", "PyDictIterItem_Type",
};

static const struct python_version versions[] = {
	{
		.hex = 0x030b,
		.state =
			{
				.current = 576,
				.head = 40,
				.interpreter_next = 0,
				.interpreter_threads = 16,
				.thread_next = 8,
				.thread_interpreter = 16,
				.thread_id = 152,
				.cframe_previous = 16,
				.frame_previous = 48,
				.frame_is_entry = 68,
			},
		.layout =
			{
				.thread_cframe = 56,
				.cframe_frame = 8,
				.frame_code = 32,
				.frame_instr = 56,
				.code_first_line = 72,
				.code_file = 112,
				.code_name = 120,
				.code_qualname = 128,
				.code_table = 136,
				.code_first_traceable = 168,
				.code_instrs = 184,
				.text_length = 16,
				.text_state = 32,
				.text_ascii = 48,
				.text_other = 72,
				.bytes_data = 32,
				.send = 123,
			},
		.frame_locals = 72,
		.code_locals = 76,
		.counters = {16, 16, 16, 16, 16, 16, 32, 32, 32},
	},
};

static const struct {
	const char *name;
	enum lprof_python_event event;
} events[] = {
	{"line", LPROF_PYTHON_LINE},
	{"function__entry", LPROF_PYTHON_ENTRY},
	{"function__return", LPROF_PYTHON_RETURN},
};

#define LONGEST_INSTRUCTION 15

/* The state of the search in one object. */
struct search {
	const struct objfile *obj;
	struct python_interpreter *interpreter;
	bool has_event[LPROF_PYTHON_EVENTS];
};

static int find_argument(const char *text, unsigned index, struct lprof_python_argument *out)
{
	struct usdt_argument argument;
	int err = usdt__argument(text, index, &argument);

	if (err)
		return err;
	if (argument.offset < INT32_MIN || argument.offset > INT32_MAX)
		return -ENOTSUP;
	*out = (struct lprof_python_argument){
		.offset = (int32_t)argument.offset,
		.place = argument.place == USDT_CONSTANT   ? LPROF_PYTHON_CONSTANT
			 : argument.place == USDT_REGISTER ? LPROF_PYTHON_REGISTER
							   : LPROF_PYTHON_MEMORY,
		.reg = argument.reg,
		.size = argument.size,
	};
	return 0;
}

/* Decodes the probed instruction. It is mostly a nop; some builds have one that must not be probed: -ENOTSUP. */
static int find_instruction(const struct objfile *obj, uint64_t vaddr, struct insn *insn, struct site_code *code)
{
	size_t size = LONGEST_INSTRUCTION;
	const uint8_t *bytes = NULL;
	int err;

	while (size && !(bytes = objfile__bytes(obj, vaddr, size)))
		size--;
	err = bytes ? insn__decode(bytes, size, vaddr, insn) : -ENODATA;
	if (err || insn->probe == INSN_PROBE_NEVER)
		return -ENOTSUP;
	code->len = insn->len;
	memcpy(code->bytes, bytes, insn->len);
	return objfile__file_offset(obj, vaddr, &code->offset);
}

static int add_probe(struct search *search, const struct usdt_probe *probe, enum lprof_python_event event)
{
	struct python_interpreter *interpreter = search->interpreter;
	struct python_probe *added;
	struct site_code code;
	struct insn insn;
	int err = grow__one(&interpreter->probes, &interpreter->probes_room, interpreter->n_probes, sizeof(*added));

	if (err)
		return err;
	err = find_instruction(search->obj, probe->vaddr, &insn, &code);
	if (err)
		return err;
	added = &interpreter->probes[interpreter->n_probes];
	*added = (struct python_probe){.event = event, .vaddr = probe->vaddr, .class = insn.probe, .code = code};
	added->site.length = insn.len;
	if (probe->semaphore)
		err = objfile__data_offset(search->obj, probe->semaphore, &added->semaphore);
	if (!err)
		err = find_argument(probe->arguments, 0, &added->site.file);
	if (!err)
		err = find_argument(probe->arguments, 1, &added->site.name);
	if (!err)
		err = find_argument(probe->arguments, 2, &added->site.line);
	if (err)
		return err;
	if (interpreter->known) {
		added->site.layout = interpreter->known->layout;
		added->site.current =
			(int64_t)(interpreter->runtime + interpreter->known->state.current - probe->vaddr);
		added->site.code_type = (int64_t)(interpreter->code_type - probe->vaddr);
	}
	search->has_event[event] = true;
	interpreter->n_probes++;
	return 0;
}

static int take_probe(const struct usdt_probe *probe, void *ctx)
{
	if (strcmp(probe->provider, "python") != 0)
		return 0;
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (!strcmp(probe->name, events[i].name))
			return add_probe(ctx, probe, events[i].event);
	return 0;
}

static int give_reason(struct python_interpreter *interpreter, const char *reason)
{
	free(interpreter->reason);
	interpreter->reason = strdup(reason);
	return interpreter->reason ? 0 : -ENOMEM;
}

/*
 * Reads the version from Py_Version, which objects have from 3.11 on: major, minor and micro version in a byte each.
 * Returns major and minor version as in struct python_version, or 0.
 */
static unsigned read_version(struct search *search)
{
	uint64_t vaddr, size;
	const uint8_t *bytes;
	uint32_t hex;

	if (objfile__find_data(search->obj, "Py_Version", &vaddr, &size))
		return 0;
	bytes = objfile__bytes(search->obj, vaddr, sizeof(hex));
	if (!bytes)
		return 0;
	memcpy(&hex, bytes, sizeof(hex));
	snprintf(search->interpreter->version, sizeof(search->interpreter->version), "%u.%u.%u", hex >> 24,
		 hex >> 16 & 0xff, hex >> 8 & 0xff);
	return hex >> 16;
}

static int find_probes(struct search *search, unsigned version)
{
	struct python_interpreter *interpreter = search->interpreter;
	int err = usdt__each(search->obj, take_probe, search);

	if (err == -ENOMEM)
		return err;
	if (err && version < VERSION_WITHOUT_PROBES)
		return give_reason(interpreter, "whose probes are of a form that is not supported");
	if (search->has_event[LPROF_PYTHON_LINE])
		return 0;
	interpreter->hex = version;
	interpreter->monitored = version >= VERSION_WITHOUT_PROBES;
	return interpreter->monitored ? 0 : give_reason(interpreter, "built without probes (configure --with-dtrace)");
}

static int add_needed(const char *name, void *ctx)
{
	struct python_interpreter *interpreter = ctx;

	if (grow__one(&interpreter->needed, &interpreter->needed_room, interpreter->n_needed, sizeof(char *)))
		return -ENOMEM;
	interpreter->needed[interpreter->n_needed] = strdup(name);
	return interpreter->needed[interpreter->n_needed++] ? 0 : -ENOMEM;
}

static int take_eval(const struct objfile_symbol *symbol, void *ctx)
{
	static const char name[] = "_PyEval_EvalFrameDefault";
	struct python_interpreter *interpreter = ctx;
	char after;

	if (symbol->kind != SYMBOL_FUNCTION || strncmp(symbol->name, name, strlen(name)) != 0)
		return 0;
	after = symbol->name[strlen(name)];
	if (after && after != '.')
		return 0;
	if (grow__one(&interpreter->evals, &interpreter->evals_room, interpreter->n_evals, sizeof(*interpreter->evals)))
		return -ENOMEM;
	interpreter->evals[interpreter->n_evals++] = (struct python_extent){symbol->vaddr, symbol->size};
	return 0;
}

/* Where the interpreter of this VERSION keeps its frames; NULL: that is not known. */
static const struct python_version *find_version(struct search *search, unsigned version)
{
	struct python_interpreter *interpreter = search->interpreter;
	const uint8_t *table = objfile__bytes(search->obj, interpreter->runtime, PYTHON_OFFSETS_SIZE);

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		if (versions[i].hex == version)
			return &versions[i];
	return table && !python_offsets__read(table, version, &interpreter->told) ? &interpreter->told : NULL;
}

static int look_into(struct search *search)
{
	struct python_interpreter *interpreter = search->interpreter;
	unsigned version = read_version(search);
	uint64_t size;

	if (!objfile__find_data(search->obj, "PyCode_Type", &interpreter->code_type, &size))
		interpreter->known = find_version(search, version);
	for (size_t i = 0; i < PYTHON_ITERATORS; i++)
		if (objfile__find_data(search->obj, iterators[i], &interpreter->iterators[i], &size))
			interpreter->iterators[i] = 0;
	interpreter->build_id = strdup(objfile__build_id(search->obj));
	if (!interpreter->build_id || objfile__each_needed(search->obj, add_needed, interpreter) ||
	    objfile__each_function(search->obj, take_eval, interpreter))
		return -ENOMEM;
	if (!interpreter->n_evals ||
	    objfile__file_offset(search->obj, interpreter->evals[0].vaddr, &interpreter->eval_offset))
		interpreter->known = NULL;
	interpreter->nameless = !interpreter->known;
	return find_probes(search, version);
}

static int new_interpreter(const struct target_object *object, struct python_interpreter **out)
{
	struct python_interpreter *interpreter = calloc(1, sizeof(*interpreter));

	if (!interpreter)
		return -ENOMEM;
	interpreter->name = strdup(object->name);
	interpreter->path = strdup(object->path);
	interpreter->files = target_files__ref(object->files);
	interpreter->dev = object->dev;
	interpreter->ino = object->ino;
	if (!interpreter->name || !interpreter->path) {
		python_interpreter__free(interpreter);
		return -ENOMEM;
	}
	*out = interpreter;
	return 0;
}

int python_interpreter__of(const struct objfile *obj, const struct target_object *object,
			   struct python_interpreter **out)
{
	struct search search = {.obj = obj};
	uint64_t runtime, size;
	int err;

	*out = NULL;
	if (objfile__find_data(obj, "_PyRuntime", &runtime, &size))
		return 0;
	err = new_interpreter(object, &search.interpreter);
	if (!err) {
		search.interpreter->runtime = runtime;
		err = look_into(&search);
	}
	if (err)
		python_interpreter__free(search.interpreter);
	else
		*out = search.interpreter;
	return err;
}

int python_interpreter__find(const struct target_object *object, struct python_interpreter **out)
{
	struct objfile *obj;
	int err;

	*out = NULL;
	if (objfile__open(object->path, object->name, &obj))
		return 0; /* not an ELF file, or gone: in any case no interpreter that can be profiled */
	err = python_interpreter__of(obj, object, out);
	objfile__close(obj);
	return err;
}

void python_interpreter__free(struct python_interpreter *interpreter)
{
	if (!interpreter)
		return;
	free(interpreter->name);
	free(interpreter->path);
	target_files__unref(interpreter->files);
	free(interpreter->build_id);
	free(interpreter->reason);
	for (size_t i = 0; i < interpreter->n_needed; i++)
		free(interpreter->needed[i]);
	free(interpreter->needed);
	free(interpreter->evals);
	free(interpreter->probes);
	free(interpreter);
}

bool python_interpreter__needs(const struct python_interpreter *interpreter, const struct target_object *object)
{
	const char *base = strrchr(object->name, '/');

	base = base ? base + 1 : object->name;
	for (size_t i = 0; i < interpreter->n_needed; i++)
		if (!strcmp(interpreter->needed[i], base))
			return true;
	return !strncmp(base, "ld-linux", strlen("ld-linux")); /* the dynamic loader is not listed, but always needed */
}

void python_interpreter__forgo_frames(struct python_interpreter *interpreter)
{
	interpreter->nameless = true;
	interpreter->known = NULL;
}

/* The search for where a process has mapped the interpreter's code. */
struct place {
	const struct python_interpreter *interpreter;
	uint64_t bias;
};

static int find_place(struct mapping *mapping, void *ctx)
{
	struct place *place = ctx;
	const struct python_interpreter *interpreter = place->interpreter;
	uint64_t offset = interpreter->eval_offset;

	if (!mapping->exec || mapping->ino != interpreter->ino || offset < mapping->offset ||
	    offset - mapping->offset >= mapping->hi - mapping->lo)
		return 0;
	place->bias = mapping->lo + (offset - mapping->offset) - interpreter->evals[0].vaddr;
	return 1;
}

static int read_pointer(pid_t pid, uint64_t address, uint64_t *value)
{
	ssize_t n = process_memory__read(pid, address, value, sizeof(*value));

	if (n < 0 && n != -EFAULT)
		return (int)n;
	return n == sizeof(*value) ? 0 : -EPROTO;
}

/* Follows N pointers from ADDRESS: each one is read at the value before plus one of OFFSETS. *VALUE is the last one. */
static int follow(pid_t pid, uint64_t address, const uint16_t *offsets, size_t n, uint64_t *value)
{
	int err = 0;

	*value = address;
	for (size_t i = 0; !err && i < n; i++)
		err = read_pointer(pid, *value + offsets[i], value);
	return err;
}

/*
 * The newest frame of a function in the thread; *FRAME is 0 if there is none. -EPROTO if there are too many of none in
 * front of it, as in memory that makes no sense.
 */
static int find_newest(pid_t pid, const struct python_version *known, uint64_t thread, uint64_t *frame)
{
	const uint16_t by_cframe[] = {known->layout.thread_cframe, known->layout.cframe_frame};
	const struct lprof_python_state *state = &known->state;
	int err;

	if (!state->thread_frame)
		return follow(pid, thread, by_cframe, 2, frame);
	err = read_pointer(pid, thread + state->thread_frame, frame);
	for (int i = 0; !err && *frame && i < LPROF_PYTHON_FRAMES; i++) {
		uint64_t word = 0;

		err = read_pointer(pid, *frame + lprof_python__owner_word(state), &word);
		if (err || !lprof_python__is_own(state, word))
			return err;
		err = read_pointer(pid, *frame + state->frame_previous, frame);
	}
	return !err && *frame ? -EPROTO : err;
}

static int validate_at(const struct python_interpreter *interpreter, pid_t pid, uint64_t bias)
{
	const struct lprof_python_layout *layout = &interpreter->known->layout;
	const struct lprof_python_state *state = &interpreter->known->state;
	const uint16_t to_thread[] = {state->head, state->interpreter_threads};
	uint64_t thread, frame, code, type, first, interpreter_state;
	int err = follow(pid, interpreter->runtime + bias, to_thread, 1, &first);

	if (err || !first) /* the interpreter has not begun yet */
		return err;
	err = follow(pid, interpreter->runtime + bias, to_thread, 2, &thread);
	if (err || !thread)
		return err;
	err = follow(pid, thread, &state->thread_interpreter, 1, &interpreter_state);
	if (!err && interpreter_state != first)
		err = -EPROTO;
	if (!err)
		err = find_newest(pid, interpreter->known, thread, &frame);
	if (err || !frame) /* a thread that executes no Python at the moment has no frame */
		return err;
	err = read_pointer(pid, frame + layout->frame_code, &code);
	if (!err)
		err = read_pointer(pid, (code & ~LPROF_PYTHON_CODE_BITS) + LPROF_PYTHON_OBJECT_TYPE, &type);
	return !err && type != interpreter->code_type + bias ? -EPROTO : err;
}

int python_interpreter__validate(const struct python_interpreter *interpreter, pid_t pid)
{
	struct place place = {.interpreter = interpreter};
	int found;

	if (!interpreter->known)
		return -EPROTO;
	found = maps__each(pid, find_place, &place);
	/* 0: this process does not run this interpreter */
	return found > 0 ? validate_at(interpreter, pid, place.bias) : found;
}

int python_interpreter__in(const struct python_interpreter *interpreter, pid_t pid, struct python_process *out)
{
	struct place place = {.interpreter = interpreter};
	int found;

	if (!interpreter->known)
		return -ENOTSUP;
	found = maps__each(pid, find_place, &place);
	if (found <= 0)
		return found ? found : -ENOENT;
	return python_interpreter__process(interpreter, pid, place.bias, out);
}

int python_interpreter__process(const struct python_interpreter *interpreter, pid_t pid, uint64_t bias,
				struct python_process *out)
{
	if (!interpreter->known)
		return -ENOTSUP;
	*out = (struct python_process){.interpreter = interpreter, .pid = pid};
	out->shared = (struct lprof_python_process){
		.runtime = interpreter->runtime + bias,
		.code_type = interpreter->code_type + bias,
		.state = interpreter->known->state,
		.layout = interpreter->known->layout,
	};
	return validate_at(interpreter, pid, bias);
}

int python_interpreter__bias(const struct python_interpreter *interpreter, pid_t pid, uint64_t *bias)
{
	struct place place = {.interpreter = interpreter};
	int found = interpreter->n_evals ? maps__each(pid, find_place, &place) : 0;

	*bias = place.bias;
	if (!found)
		return -ENOENT;
	return found < 0 ? found : 0;
}

bool python_interpreter__executes(const struct python_interpreter *interpreter, uint64_t vaddr)
{
	for (size_t i = 0; i < interpreter->n_evals; i++)
		if (vaddr - interpreter->evals[i].vaddr < interpreter->evals[i].size)
			return true;
	return false;
}
