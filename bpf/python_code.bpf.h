/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which Python function an event is in, whether it is wanted, and which activation of it this is.
 *
 * The probes of CPython are hit at every line of every function, so unwanted functions must be recognised quickly: by
 * the addresses of the names that the probe passes, or by the address of the code object, to which the thread's state
 * leads. That state also tells which frame the event is in, so recursion, generators and coroutines need no guessing.
 * Where the layout of the state is not known ("nameless" sites), a function is known only by the names that the probe
 * passes, and its activations are not told apart.
 */
#ifndef LPROF_BPF_PYTHON_CODE_H
#define LPROF_BPF_PYTHON_CODE_H

#include "lprof_python.h"
#include "registers.bpf.h"
#include "thread.bpf.h"

/* Set before loading. */
const volatile __u32 n_python_sites = 0;
const volatile bool python_any_name = false; /* `python_names` alone does not tell which functions are wanted */

__u32 python_first_site = 0; /* within a budget: the number of the first site among all that obey the gates */
__u32 last_code = 0;	     /* the ID that was given last */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* resized before loading, as are the others */
	__type(key, __u32);
	__type(value, struct lprof_python_site);
} python_sites SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct lprof_python_code_key);
	__type(value, struct lprof_python_code);
} python_codes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct lprof_python_name);
	__type(value, __u8);
} python_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} python_records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, struct lprof_python_other_key);
	__type(value, __u64); /* print_text() of the name */
} python_others SEC(".maps");

/* An event. Its first fields are filled when it begins, the others as they are found out. */
struct event {
	struct pt_regs *ctx;
	struct lprof_python_site *site;
	struct lprof_python_code *code;
	__u64 frame;
	__u64 now;
	__u64 name; /* address of the function's name */
	__u64 file; /* address of the file's name */
	__u32 line;
	__u32 id;     /* of the code object */
	__u32 cookie; /* of the probe: the site's number among those that obey the gates */
	__u32 site_id;
	struct lprof_python_code_key key;
	__u64 registers[N_REGISTERS];
};

/*
 * Limits SIZE to MOST. In assembly, since Linux 6.1's verifier accepts SIZE only if the very register that was compared
 * is passed on, and a compiler may use a copy.
 */
#define CLAMP(size, most) asm volatile("if %0 <= %1 goto +1\n%0 = %1" : "+r"(size) : "i"(most))

static __always_inline __u64 read_user(__u64 address)
{
	__u64 value = 0;

	bpf_probe_read_user(&value, sizeof(value), (const void *)address);
	return value;
}

static __always_inline __u64 register_of(const struct event *event, __u8 reg)
{
	return event->registers[reg & (N_REGISTERS - 1)];
}

static __always_inline __u64 read_argument(const struct event *event, const struct lprof_python_argument *argument)
{
	__u64 value;

	if (argument->place == LPROF_PYTHON_CONSTANT)
		return (__u64)(__s64)argument->offset;
	value = register_of(event, argument->reg);
	if (argument->place == LPROF_PYTHON_MEMORY)
		value = read_user(value + (__s64)argument->offset);
	return argument->size == 4 ? (__u32)value : value;
}

/*
 * How the frame is found quickly. Reading the target's memory takes longest here, and the frame is three reads away.
 * But at the probe the compiled interpreter mostly holds the frame in a register, and always in the same one. The
 * program learns which, by comparing the frame that it has read with all registers until one of them has agreed in
 * AGREE events. From then on it takes the frame from that register, except at entries, which it still reads. A line's
 * frame is only believed if the name that the probe passes agrees as well.
 */
#define AGREE 64

static __always_inline __u32 registers_with(const struct event *event, __u64 value)
{
	__u32 found = 0;

	for (int reg = 0; reg < N_REGISTERS; reg++) {
		__u64 differs = event->registers[reg] ^ value;

		/* Without branches, because the verifier would follow every combination of them. */
		differs |= -differs;
		barrier_var(differs);
		found |= (__u32)(1 ^ differs >> 63) << reg;
	}
	return found;
}

/* The number of the lowest bit in a set of N_REGISTERS bits. */
static __always_inline __u8 first_of(__u32 set)
{
	__u32 lowest = set & -set;
	__u8 number = 0;

	for (int bit = 1; bit < N_REGISTERS; bit++)
		number += bit * (lowest >> bit & 1);
	return number;
}

static __always_inline void learn_register(const struct event *event)
{
	struct lprof_python_site *site = event->site;
	__u32 found = registers_with(event, event->frame);

	if (site->n_agreed == AGREE)
		return;
	site->frame_registers = site->n_agreed ? site->frame_registers & found : found;
	site->n_agreed = site->frame_registers ? site->n_agreed + 1 : 0;
	site->frame_register = first_of(site->frame_registers);
}

static __always_inline bool knows_register(const struct event *event)
{
	return event->site->n_agreed == AGREE;
}

static __always_inline void find_frame_of(struct event *event, bool always_read)
{
	const struct lprof_python_site *site = event->site;
	__u64 at;

	if (knows_register(event) && !always_read) {
		event->frame = register_of(event, site->frame_register);
		return;
	}
	at = read_user(event->ctx->ip + site->current);
	at = read_user(at + site->layout.thread_cframe);
	event->frame = read_user(at + site->layout.cframe_frame);
	learn_register(event);
}

/* Finds the frame and its code object. At a nameless site a mixture of the texts' addresses stands for both. */
static __always_inline bool find_code(struct event *event, bool entry)
{
	if (event->site->nameless) {
		event->frame = event->key.code = event->name + (event->file << 20);
		return event->name;
	}
	find_frame_of(event, entry);
	event->key.code = read_user(event->frame + event->site->layout.frame_code);
	return event->key.code;
}

static __always_inline void read_text(struct lprof_python_text *text, __u64 object,
				      const struct lprof_python_layout *layout)
{
	__u64 length = read_user(object + layout->text_length), size;
	__u32 state = (__u32)read_user(object + layout->text_state);

	text->length = length > 0xffffffff ? 0xffffffff : length;
	text->width = LPROF_PYTHON_TEXT_WIDTH(state);
	if (!LPROF_PYTHON_TEXT_COMPACT(state) || (text->width != 1 && text->width != 2 && text->width != 4)) {
		text->width = 0;
		text->length = 0;
		return;
	}
	size = length > sizeof(text->bytes) ? sizeof(text->bytes) : length * text->width;
	CLAMP(size, sizeof(text->bytes));
	bpf_probe_read_user(
		text->bytes, size,
		(const void *)(object + (LPROF_PYTHON_TEXT_ASCII(state) ? layout->text_ascii : layout->text_other)));
}

static __always_inline void read_string(struct lprof_python_text *text, __u64 address)
{
	long size = bpf_probe_read_user_str(text->bytes, sizeof(text->bytes), (const void *)address);

	text->width = 0;
	text->length = size > 0 ? size - 1 : 0;
}

/* Sends the code object's table of lines in chunks. Returns whether the ring buffer had room for all of them. */
static __always_inline bool send_table(__u32 id, __u64 data, __u32 table_size)
{
	struct lprof_python_table_record *chunk;
	__u32 offset = 0;
	__u64 size;

	for (int i = 0; i < LPROF_PYTHON_CHUNKS && offset < table_size; i++, offset += LPROF_PYTHON_CHUNK) {
		chunk = bpf_ringbuf_reserve(&python_records, sizeof(*chunk), 0);
		if (!chunk)
			return false;
		chunk->record = (struct lprof_python_record){.kind = LPROF_PYTHON_TABLE, .id = id};
		chunk->offset = offset;
		size = table_size - offset;
		CLAMP(size, sizeof(chunk->bytes));
		chunk->size = size;
		bpf_probe_read_user(chunk->bytes, size, (const void *)(data + offset));
		bpf_ringbuf_submit(chunk, 0);
	}
	return offset >= table_size;
}

/* What user space is to be told of a code object, besides what is read from the object itself. */
struct telling {
	struct lprof_python_code_key key;
	__u64 name; /* address of the function's name */
	__u64 file; /* address of the file's name */
	__u32 site;
	__u32 id;
	__u32 line;
	__u32 first_traceable;
};

/*
 * Tells user space of a code object of the process PID, as process_id() has it. Returns whether the ring buffer had
 * room for all of it. The function is not static, because the verifier checks a global function only once, and not for
 * each path that leads to it.
 */
__noinline int lprof_tell(struct telling *telling, __u32 pid)
{
	const struct lprof_python_layout *layout;
	struct lprof_python_code_record *record;
	const struct lprof_python_site *site;
	__u64 object, table = 0;
	__u32 table_size = 0, at;

	if (!telling)
		return 0;
	at = telling->site;
	site = bpf_map_lookup_elem(&python_sites, &at);
	record = site ? bpf_ringbuf_reserve(&python_records, sizeof(*record), 0) : NULL;
	if (!record)
		return 0;
	layout = &site->layout;
	object = telling->key.code;
	record->record = (struct lprof_python_record){.kind = LPROF_PYTHON_CODE, .id = telling->id};
	record->key = telling->key;
	record->pid = pid;
	record->pad = 0;
	record->nameless = site->nameless;
	record->first_traceable = telling->first_traceable;
	if (site->nameless) {
		record->first_line = telling->line;
		read_string(&record->name, telling->name);
		read_string(&record->qualname, telling->name);
		read_string(&record->file, telling->file);
	} else {
		record->first_line = (__u32)read_user(object + layout->code_first_line);
		read_text(&record->name, read_user(object + layout->code_name), layout);
		read_text(&record->qualname, read_user(object + layout->code_qualname), layout);
		read_text(&record->file, read_user(object + layout->code_file), layout);
		table = read_user(object + layout->code_table);
		table_size = (__u32)read_user(table + layout->text_length);
		if (table_size > LPROF_PYTHON_CHUNKS * LPROF_PYTHON_CHUNK)
			table_size = 0; /* hardly any function is that long; its lines without a hit stay unknown */
	}
	record->table_size = table_size;
	bpf_ringbuf_submit(record, 0);
	return send_table(telling->id, table + layout->bytes_data, table_size);
}

static __always_inline bool send_code(const struct event *event, const struct lprof_python_code *code)
{
	struct telling telling = {
		.key = event->key,
		.name = event->name,
		.file = event->file,
		.site = event->site_id,
		.id = code->id,
		.line = event->line,
		.first_traceable = code->first_traceable,
	};

	return lprof_tell(&telling, process_id(bpf_get_current_task_btf()));
}

#define PRINT_WORDS 4
#define PRINT_BYTES (PRINT_WORDS * sizeof(__u64))

static __always_inline __u64 print_words(__u64 print, const __u64 words[PRINT_WORDS])
{
	for (int i = 0; i < PRINT_WORDS; i++)
		print = lprof_python__mix(print, words[i]);
	return print;
}

/*
 * A hash of the PRINT_BYTES bytes at ADDRESS. The buffer is in a function of its own because a BPF program's stack is
 * small.
 */
static __noinline __u64 print_bytes(__u64 address)
{
	__u64 words[PRINT_WORDS] = {};

	bpf_probe_read_user(words, sizeof(words), (const void *)address);
	return print_words(0, words);
}

/* A hash of the first 62 bytes of the text at ADDRESS, to notice when another text is there. */
static __noinline __u64 print_text(__u64 address)
{
	__u64 print = 0;

	for (int i = 0; i < 2; i++, address += PRINT_BYTES - 1) {
		__u64 words[PRINT_WORDS] = {};

		if (bpf_probe_read_user_str(words, PRINT_BYTES, (const void *)address) < (long)PRINT_BYTES)
			return print_words(print, words);
		print = print_words(print, words);
	}
	return print;
}

static __always_inline struct lprof_python_other_key other_key(const struct event *event)
{
	return (struct lprof_python_other_key){.name = event->name, .file = event->file, .tgid = event->key.tgid};
}

/* Whether the function may be wanted, as far as its name tells. If not, it is remembered in `python_others`. */
static __noinline bool may_be_wanted(const struct event *event)
{
	struct lprof_python_other_key other = other_key(event);
	struct lprof_python_name name = {};
	__u64 text;

	if (python_any_name)
		return true;
	bpf_probe_read_user_str(name.text, sizeof(name.text), (const void *)event->name);
	if (bpf_map_lookup_elem(&python_names, &name))
		return true;
	text = print_text(event->name);
	bpf_map_update_elem(&python_others, &other, &text, BPF_ANY);
	return false;
}

/*
 * Whether the function is one of `python_others`, known to be unwanted. Another text may have come to the same address
 * meanwhile, so the text itself is compared too; at entries only, because a new function begins with one.
 */
static __always_inline bool is_other(const struct event *event, struct lprof_thread *thread, bool entry)
{
	struct lprof_python_other_key other = other_key(event);
	__u64 *text;

	if (python_any_name)
		return false;
	if (!entry && thread && thread->passed_name == event->name && thread->passed_file == event->file)
		return true;
	if (entry && thread)
		thread->passed_name = 0; /* another text may be at the same address by now */
	text = bpf_map_lookup_elem(&python_others, &other);
	if (!text)
		return false;
	if (entry && *text != print_text(event->name)) {
		bpf_map_delete_elem(&python_others, &other);
		return false;
	}
	if (thread) {
		thread->passed_name = event->name;
		thread->passed_file = event->file;
	}
	return true;
}

static __always_inline bool is_code_object(const struct event *event)
{
	return event->site->nameless || read_user(event->key.code + 8) == event->ctx->ip + event->site->code_type;
}

/*
 * A hash of the code object's names, first line, and the beginning of its table of lines, to notice when another code
 * object is at the same address. One that is equal in all of these is as good as the same function.
 */
static __noinline __u64 print_code(const struct event *event)
{
	const struct lprof_python_layout *layout = &event->site->layout;
	__u64 print = print_text(event->name), table;

	if (event->site->nameless)
		return print;
	table = read_user(event->key.code + layout->code_table);
	print = lprof_python__mix(print, event->file);
	print = lprof_python__mix(print, print_text(event->file));
	print = lprof_python__mix(print, (__u32)read_user(event->key.code + layout->code_first_line));
	print = lprof_python__mix(print, table);
	print = lprof_python__mix(print, read_user(table + layout->text_length));
	return lprof_python__mix(print, print_bytes(table + layout->bytes_data));
}

/* Gives an ID to a code object that is seen for the first time, and tells user space of it. */
static __noinline void discover(const struct event *event)
{
	struct lprof_python_code code = {.name = event->name};

	if (!is_code_object(event)) {
		count(LPROF_STAT_CODES_UNREADABLE, 1);
		return;
	}
	code.id = __sync_fetch_and_add(&last_code, 1) + 1;
	code.print = print_code(event);
	if (!event->site->nameless)
		code.first_traceable = (__u32)read_user(event->key.code + event->site->layout.code_first_traceable);
	code.unsent = !send_code(event, &code);
	bpf_map_update_elem(&python_codes, &event->key, &code, BPF_ANY);
}

/* Whether the code object is still the one that event->code describes. Its contents are compared at entries only. */
static __always_inline bool is_same(const struct event *event, bool entry)
{
	return event->code->name == event->name && (!entry || event->code->print == print_code(event));
}

/* Finds the function that the event is in. Returns false if it is not wanted, or cannot be found out. */
static __always_inline bool find_function(struct event *event, bool entry)
{
	if (!find_code(event, entry))
		return false;
	event->code = bpf_map_lookup_elem(&python_codes, &event->key);
	if (!event->code || !is_same(event, entry)) {
		if (!may_be_wanted(event))
			return false;
		discover(event);
		event->code = bpf_map_lookup_elem(&python_codes, &event->key);
		if (!event->code)
			return false;
	} else if (event->code->unsent) {
		event->code->unsent = !send_code(event, event->code);
	}
	event->id = event->code->id;
	return !event->code->unwanted;
}

#endif
