// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread's stack has a frame for each activation of a function that is counted. Its line is timed from the event that
 * began it to the next event of the same activation, with all that is called meanwhile. When a function calls itself,
 * perhaps by way of others, the outer activation's line is not timed meanwhile: all of that would be counted once for
 * each level of the recursion. The suspended frame of a generator is not on the stack.
 *
 * What does not fit into that happens too: activations that had begun before counting did, and coroutines of libraries
 * that exchange whole stacks (greenlets). An event of a function without a frame makes one. An event of a function
 * whose innermost frame is not the newest frame drops the newer ones: hits stay right, some time is lost.
 */
#include "shim/shim_counts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/grow.h"
#include "base/hash.h"
#include "shim/shim_clock.h"

#define FRAMES	    64u /* of a new stack */
#define MOST_FRAMES (1u << 20)
#define MOST_LINES  (1u << 20)
#define LONG	    100000u /* ticks without an event, some 30 to 100 us, after which absences are looked for */

static size_t texts_of(const struct lprof_shim_function *function)
{
	return sizeof(*function) + function->n_lines * sizeof(*function->lines);
}

/* The function's name, which its qualified name and its file follow. */
static const char *name_of(const struct lprof_shim_function *function)
{
	return (const char *)function + texts_of(function);
}

static bool is(const struct lprof_shim_function *function, const struct shim_identity *identity, uint32_t thread)
{
	const char *text = name_of(function);

	if (function->thread != thread || function->first_line != identity->first_line ||
	    function->code_size != identity->code_size || function->n_lines != identity->n_lines ||
	    strcmp(text, identity->name) != 0 || strcmp(text + function->name_size, identity->qualname) != 0 ||
	    strcmp(text + function->name_size + function->qualname_size, identity->file) != 0)
		return false;
	for (uint32_t i = 0; i < function->n_lines; i++)
		if (function->lines[i].line != identity->lines[i])
			return false;
	return true;
}

static uint64_t hash_of(const char *name, const char *file, uint32_t first_line, uint32_t thread)
{
	uint64_t hash = hash__text(hash__text(HASH_START, name), file);

	return hash__number(hash__number(hash, first_line), thread);
}

static uint64_t hash_of_function(const struct lprof_shim_function *function)
{
	const char *name = name_of(function);

	return hash_of(name, name + function->name_size + function->qualname_size, function->first_line,
		       function->thread);
}

/* The place in the table of hashes where the search for HASH begins. */
static uint32_t slot_of(const struct shim_counts *counts, uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32) & (counts->hashes_room - 1);
}

static void add_hash(struct shim_counts *counts, uint32_t id)
{
	uint32_t slot = slot_of(counts, hash_of_function(counts->functions[id - 1]));

	while (counts->hashes[slot])
		slot = (slot + 1) & (counts->hashes_room - 1);
	counts->hashes[slot] = id;
}

/* Keeps the table of hashes half empty. 0 or -ENOMEM. */
static int reserve_hash(struct shim_counts *counts)
{
	uint32_t room = counts->hashes_room ? 2 * counts->hashes_room : 64;
	uint32_t *larger;

	if (2 * (counts->n_functions + 1) <= counts->hashes_room)
		return 0;
	larger = calloc(room, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	free(counts->hashes);
	counts->hashes = larger;
	counts->hashes_room = room;
	for (uint32_t id = 1; id <= counts->n_functions; id++)
		add_hash(counts, id);
	return 0;
}

static char *copy_text(char *to, const char *text, uint32_t size)
{
	memcpy(to, text, size);
	return to + size;
}

/* Makes a record for the function, or returns NULL when there is no room. */
static struct lprof_shim_function *make(struct shim_counts *counts, const struct shim_identity *identity,
					const struct shim_thread *thread)
{
	size_t name_size = strlen(identity->name) + 1, qualname_size = strlen(identity->qualname) + 1;
	size_t file_size = strlen(identity->file) + 1;
	size_t size = sizeof(struct lprof_shim_function) + identity->n_lines * sizeof(struct lprof_shim_line) +
		      name_size + qualname_size + file_size;
	struct lprof_shim_function *function;
	char *text;

	size = (size + 7) & ~(size_t)7;
	function = identity->n_lines <= MOST_LINES ? shim_memory__place(&counts->memory, size) : NULL;
	if (!function)
		return NULL;
	function->record = (struct lprof_shim_record){LPROF_SHIM_FUNCTION, (uint32_t)size};
	function->id = counts->n_functions + 1;
	if (thread) {
		function->thread = thread->number;
		function->tid = thread->tid;
		memcpy(function->comm, thread->comm, sizeof(function->comm));
	}
	function->first_line = identity->first_line;
	function->code_size = identity->code_size;
	function->n_lines = identity->n_lines;
	function->name_size = (uint32_t)name_size;
	function->qualname_size = (uint32_t)qualname_size;
	function->file_size = (uint32_t)file_size;
	for (uint32_t i = 0; i < identity->n_lines; i++)
		function->lines[i].line = identity->lines[i];
	text = copy_text((char *)function + texts_of(function), identity->name, function->name_size);
	text = copy_text(text, identity->qualname, function->qualname_size);
	copy_text(text, identity->file, function->file_size);
	shim_memory__add(&counts->memory, &function->record);
	return function;
}

static uint32_t add(struct shim_counts *counts, const struct shim_identity *identity, const struct shim_thread *thread)
{
	size_t room = counts->functions_room;
	struct lprof_shim_function *function;

	if (reserve_hash(counts) || grow__one(&counts->functions, &room, counts->n_functions, sizeof(function)))
		return 0;
	counts->functions_room = (uint32_t)room;
	function = make(counts, identity, thread);
	if (!function) {
		counts->memory.table->n_lost++;
		return 0;
	}
	counts->functions[counts->n_functions++] = function;
	add_hash(counts, function->id);
	return function->id;
}

uint32_t shim_counts__function(struct shim_counts *counts, const struct shim_identity *identity,
			       const struct shim_thread *thread)
{
	uint32_t number = thread ? thread->number : 0, slot, id;

	if (!counts->memory.table)
		return 0;
	slot = counts->hashes_room
		       ? slot_of(counts, hash_of(identity->name, identity->file, identity->first_line, number))
		       : 0;
	for (; counts->hashes_room && (id = counts->hashes[slot]); slot = (slot + 1) & (counts->hashes_room - 1))
		if (is(counts->functions[id - 1], identity, number))
			return id;
	return add(counts, identity, thread);
}

/* Copies a function out of the table of a process that this one was forked from. */
static struct lprof_shim_function *adopt(struct shim_counts *counts, uint32_t id)
{
	const struct lprof_shim_function *old = counts->functions[id - 1];
	struct lprof_shim_function *function = shim_memory__place(&counts->memory, old->record.size);

	if (!function) {
		counts->memory.table->n_lost++;
		return NULL;
	}
	memcpy(function, old, old->record.size);
	if (function->thread)
		function->tid = (uint32_t)syscall(SYS_gettid); /* of the one thread that has survived the fork */
	for (uint32_t i = 0; i < function->n_lines; i++)
		function->lines[i] = (struct lprof_shim_line){.line = old->lines[i].line};
	shim_memory__add(&counts->memory, &function->record);
	counts->functions[id - 1] = function;
	return function;
}

/* Whether the record is in this process's own table. */
static bool is_own(const struct shim_counts *counts, const struct lprof_shim_function *function)
{
	return (uintptr_t)function - (uintptr_t)counts->memory.table < LPROF_SHIM_TABLE_SIZE;
}

struct lprof_shim_function *shim_counts__find(struct shim_counts *counts, uint32_t id)
{
	struct lprof_shim_function *function = counts->functions[id - 1];

	if (!counts->memory.table)
		return NULL;
	return is_own(counts, function) ? function : adopt(counts, id);
}

static size_t stack_size(uint32_t capacity)
{
	return sizeof(struct lprof_shim_thread) + capacity * sizeof(struct lprof_shim_frame);
}

/* A stack that is not in use any more and has room for CAPACITY frames, or NULL. */
static struct lprof_shim_thread *reuse_stack(struct shim_counts *counts, uint32_t capacity)
{
	for (size_t i = 0; i < counts->n_spares; i++) {
		struct lprof_shim_thread *stack = counts->spares[i];

		if (stack->capacity < capacity)
			continue;
		counts->spares[i] = counts->spares[--counts->n_spares];
		return stack;
	}
	return NULL;
}

/* Keeps the stack for another thread; without memory for that, it is not used again. */
static void spare_stack(struct shim_counts *counts, struct lprof_shim_thread *stack)
{
	if (stack &&
	    !grow__one(&counts->spares, &counts->spares_room, counts->n_spares, sizeof(struct lprof_shim_thread *)))
		counts->spares[counts->n_spares++] = stack;
}

static struct lprof_shim_thread *make_stack(struct shim_counts *counts, uint32_t capacity)
{
	struct lprof_shim_thread *stack;

	if (!counts->memory.table)
		return NULL;
	stack = reuse_stack(counts, capacity);
	if (stack)
		return stack;
	stack = shim_memory__place(&counts->memory, stack_size(capacity));
	if (!stack)
		return NULL;
	stack->record = (struct lprof_shim_record){LPROF_SHIM_THREAD, (uint32_t)stack_size(capacity)};
	stack->capacity = capacity;
	shim_memory__add(&counts->memory, &stack->record);
	return stack;
}

static void set_stack(struct shim_thread *thread, struct lprof_shim_thread *stack)
{
	thread->stack = stack;
	if (!stack)
		return;
	stack->n = 0;
	stack->times = (struct lprof_shim_times){0};
	__atomic_store_n(&stack->tid, thread->tid, __ATOMIC_RELEASE);
}

static void free_thread(struct shim_thread *thread)
{
	free(thread->before_fork);
	free(thread->innermost);
	free(thread);
}

/* Forgets the threads that have ended. */
static void reap(struct shim_counts *counts)
{
	struct shim_thread **at = &counts->threads;

	while (*at) {
		struct shim_thread *thread = *at;

		if (!__atomic_load_n(&thread->ended, __ATOMIC_ACQUIRE)) {
			at = &thread->next;
			continue;
		}
		*at = thread->next;
		spare_stack(counts, thread->stack);
		free_thread(thread);
	}
}

struct shim_thread *shim_counts__begin_thread(struct shim_counts *counts)
{
	struct shim_thread *thread = calloc(1, sizeof(*thread));

	if (!thread)
		return NULL;
	reap(counts);
	thread->number = ++counts->n_threads;
	thread->tid = (uint32_t)syscall(SYS_gettid);
	(void)prctl(PR_GET_NAME, thread->comm);
	shim_absence__begin(&thread->absence);
	set_stack(thread, make_stack(counts, FRAMES));
	thread->next = counts->threads;
	counts->threads = thread;
	return thread;
}

void shim_counts__end_thread(struct shim_thread *thread, bool shared)
{
	if (thread->stack && shared)
		__atomic_store_n(&thread->stack->tid, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&thread->ended, true, __ATOMIC_RELEASE);
}

void shim_counts__part(struct shim_counts *counts, struct shim_thread **left)
{
	struct shim_thread **end = &counts->threads;

	for (; *end; end = &(*end)->next)
		(*end)->stack = NULL;
	*end = *left;
	*left = NULL;
	for (struct shim_thread *thread = counts->threads, *next; thread; thread = next) {
		next = thread->next;
		if (__atomic_load_n(&thread->ended, __ATOMIC_ACQUIRE)) {
			free_thread(thread);
			continue;
		}
		thread->next = *left;
		*left = thread;
	}
	counts->threads = NULL;
}

void shim_counts__release(struct shim_counts *counts)
{
	for (struct shim_thread *thread = counts->threads, *next; thread; thread = next) {
		next = thread->next;
		free_thread(thread);
	}
	free(counts->functions);
	free(counts->hashes);
	free(counts->spares);
	*counts = (struct shim_counts){.memory = counts->memory};
}

void shim_counts__before_fork(struct shim_thread *thread)
{
	const struct lprof_shim_thread *stack = thread->stack;
	size_t size = stack ? stack_size(stack->n) : 0;

	if (!stack || grow__to(&thread->before_fork, &thread->before_fork_room, size, 1)) {
		free(thread->before_fork);
		thread->before_fork = NULL;
		thread->before_fork_room = 0;
		return;
	}
	memcpy(thread->before_fork, stack, size);
}

/* Goes on with the frames of OLD, the same stack in the parent, from tick NOW on. */
static void continue_stack(struct shim_counts *counts, struct shim_thread *thread, const struct lprof_shim_thread *old,
			   uint64_t now)
{
	struct lprof_shim_thread *stack = make_stack(counts, old ? old->capacity : FRAMES);

	set_stack(thread, stack);
	if (!stack || !old) {
		if (thread->innermost)
			memset(thread->innermost, 0, thread->n_innermost * sizeof(*thread->innermost));
		return;
	}
	memcpy(stack->frames, old->frames, old->n * sizeof(*old->frames));
	for (uint32_t i = 0; i < old->n; i++) {
		stack->frames[i].since = now;
		stack->frames[i].times = (struct lprof_shim_times){0};
		/* The profiler needs the function to make sense of the frame. */
		(void)shim_counts__find(counts, stack->frames[i].function);
	}
	__atomic_store_n(&stack->n, old->n, __ATOMIC_RELEASE);
}

int shim_counts__fork(struct shim_counts *counts, struct shim_thread *thread, uint64_t now)
{
	int err = shim_memory__renew(&counts->memory);

	for (struct shim_thread *other = counts->threads, *next; other; other = next) {
		next = other->next;
		if (other != thread)
			free_thread(other);
	}
	counts->threads = thread;
	counts->n_spares = 0;
	if (!thread)
		return err;
	thread->next = NULL;
	thread->tid = (uint32_t)syscall(SYS_gettid);
	shim_absence__begin(&thread->absence);
	continue_stack(counts, thread, thread->before_fork, now);
	return err;
}

/* Adds the time of the line that FRAME is on, up to NOW. */
static void charge(struct shim_counts *counts, const struct lprof_shim_thread *stack,
		   const struct lprof_shim_frame *frame, uint64_t now)
{
	struct lprof_shim_function *function;
	struct lprof_shim_line *line;

	if (frame->waits)
		return;
	function = shim_counts__find(counts, frame->function);
	if (!function)
		return;
	line = &function->lines[frame->line];
	line->visits++;
	line->ticks += now - frame->since;
	line->times.cost += stack->times.cost - frame->times.cost;
	line->times.blocked_ns += stack->times.blocked_ns - frame->times.blocked_ns;
	line->times.waiting_ns += stack->times.waiting_ns - frame->times.waiting_ns;
}

static void go_on(const struct lprof_shim_thread *stack, struct lprof_shim_frame *frame, uint64_t now)
{
	frame->since = now;
	frame->times = stack->times;
	frame->waits = 0;
}

void shim_counts__charge(struct shim_counts *counts, struct shim_thread *thread, uint64_t cost)
{
	counts->memory.table->cost += cost;
	if (thread && thread->stack)
		thread->stack->times.cost += cost;
}

/*
 * Charges what looking for absences has taken since NOW, when what ended then has been charged. Returns when what
 * begins now has begun.
 */
static uint64_t settle(struct shim_counts *counts, struct shim_thread *thread, uint64_t now)
{
	uint64_t spent = thread->spent;

	if (!spent)
		return now;
	thread->spent = 0;
	shim_counts__charge(counts, thread, 1000 * spent);
	return now + spent;
}

static void pop(struct shim_thread *thread)
{
	struct lprof_shim_thread *stack = thread->stack;
	const struct lprof_shim_frame *frame = &stack->frames[stack->n - 1];

	thread->innermost[frame->function - 1] = frame->outer;
	stack->n--;
}

/* Makes room for one more frame. Returns false if there is none. */
static bool reserve_frame(struct shim_counts *counts, struct shim_thread *thread)
{
	struct lprof_shim_thread *old = thread->stack, *stack;

	if (old->n < old->capacity)
		return true;
	stack = old->capacity < MOST_FRAMES ? make_stack(counts, 2 * old->capacity) : NULL;
	if (!stack)
		return false;
	memcpy(stack->frames, old->frames, old->n * sizeof(*old->frames));
	stack->times = old->times;
	stack->n = old->n;
	thread->stack = stack;
	__atomic_store_n(&old->tid, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&stack->tid, thread->tid, __ATOMIC_RELEASE);
	spare_stack(counts, old);
	return true;
}

static bool reserve_innermost(struct shim_thread *thread, uint32_t id)
{
	size_t room = thread->n_innermost;

	if (id <= room)
		return true;
	if (grow__to(&thread->innermost, &room, id, sizeof(*thread->innermost)))
		return false;
	memset(thread->innermost + thread->n_innermost, 0, (room - thread->n_innermost) * sizeof(*thread->innermost));
	thread->n_innermost = (uint32_t)room;
	return true;
}

/* Adds a frame of function ID, whose LINE begins at NOW. Returns it, or NULL when there is no room. */
static struct lprof_shim_frame *push(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint32_t line,
				     uint64_t now)
{
	struct lprof_shim_frame *frame, *outer;
	struct lprof_shim_thread *stack;

	if (!reserve_innermost(thread, id) || !reserve_frame(counts, thread)) {
		counts->memory.table->n_lost_calls++;
		return NULL;
	}
	stack = thread->stack;
	frame = &stack->frames[stack->n];
	*frame = (struct lprof_shim_frame){.function = id, .line = line, .outer = thread->innermost[id - 1]};
	if (frame->outer) {
		outer = &stack->frames[frame->outer - 1];
		charge(counts, stack, outer, now);
		outer->waits = 1;
	}
	go_on(stack, frame, settle(counts, thread, now));
	__atomic_store_n(&stack->n, stack->n + 1, __ATOMIC_RELEASE);
	thread->innermost[id - 1] = stack->n;
	return frame;
}

/* The innermost frame of function ID, which is the newest then; NULL: it has none. */
static struct lprof_shim_frame *find_frame(struct shim_thread *thread, uint32_t id)
{
	uint32_t number = id <= thread->n_innermost ? thread->innermost[id - 1] : 0;

	if (!number)
		return NULL;
	while (thread->stack->n > number)
		pop(thread);
	return &thread->stack->frames[number - 1];
}

/* Whether events of THREAD can be timed. */
static bool is_timed(struct shim_counts *counts, struct shim_thread *thread)
{
	if (thread && thread->stack)
		return true;
	counts->memory.table->n_lost_calls++;
	return false;
}

/* Looks whether the thread was off the processor since its last event. What that takes is charged by settle(). */
static void look_for_absence(const struct shim_counts *counts, struct shim_thread *thread, uint64_t now)
{
	shim_absence__look(&thread->absence, &thread->stack->times);
	thread->spent = shim_clock__ticks(counts->memory.run->clock) - now;
}

static void watch(const struct shim_counts *counts, struct shim_thread *thread, uint64_t now)
{
	if (now - thread->watched > LONG && counts->memory.run->clock != LPROF_SHIM_THREAD_CPU)
		look_for_absence(counts, thread, now);
	thread->watched = now;
}

static void charge_event(struct shim_counts *counts, struct shim_thread *thread, uint64_t now, uint64_t cost)
{
	counts->memory.table->n_events++;
	shim_counts__charge(counts, thread, cost);
	if (thread)
		thread->last = now;
}

static void note_event(struct shim_counts *counts, struct shim_thread *thread, uint64_t now, uint64_t cost)
{
	charge_event(counts, thread, now, cost);
	if (thread && thread->stack)
		watch(counts, thread, now);
}

void shim_counts__enter(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint64_t now,
			uint64_t cost)
{
	struct lprof_shim_function *function = shim_counts__find(counts, id);

	if (!function)
		return;
	function->lines[0].hits++;
	shim_counts__resume(counts, thread, id, 0, now, cost);
}

void shim_counts__resume(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint32_t line,
			 uint64_t now, uint64_t cost)
{
	if (!counts->memory.table)
		return;
	note_event(counts, thread, now, cost);
	if (is_timed(counts, thread))
		(void)push(counts, thread, id, line, now);
}

void shim_counts__line(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint32_t line, uint64_t now,
		       uint64_t cost)
{
	struct lprof_shim_function *function = shim_counts__find(counts, id);
	struct lprof_shim_frame *frame;

	if (!function)
		return;
	function->lines[line].hits++;
	note_event(counts, thread, now, cost);
	if (!is_timed(counts, thread))
		return;
	frame = thread->stack->n ? &thread->stack->frames[thread->stack->n - 1] : NULL;
	if (!frame || frame->function != id)
		frame = find_frame(thread, id);
	if (!frame) {
		(void)push(counts, thread, id, line, now);
		return;
	}
	charge(counts, thread->stack, frame, now);
	frame->line = line;
	go_on(thread->stack, frame, settle(counts, thread, now));
}

void shim_counts__leave(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint64_t now,
			uint64_t cost)
{
	struct lprof_shim_frame *frame;
	uint32_t outer;

	if (!counts->memory.table)
		return;
	note_event(counts, thread, now, cost);
	if (!is_timed(counts, thread))
		return;
	frame = find_frame(thread, id);
	if (frame)
		charge(counts, thread->stack, frame, now);
	now = settle(counts, thread, now);
	if (!frame)
		return;
	outer = frame->outer;
	pop(thread);
	if (outer)
		go_on(thread->stack, &thread->stack->frames[outer - 1], now);
}

const struct lprof_shim_times *shim_counts__times(struct shim_counts *counts, struct shim_thread *thread, uint64_t now)
{
	if (!counts->memory.table || !thread || !thread->stack)
		return NULL;
	watch(counts, thread, now);
	(void)settle(counts, thread, now);
	return &thread->stack->times;
}

void shim_counts__hit(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint32_t line, uint64_t now,
		      uint64_t cost)
{
	struct lprof_shim_function *function = shim_counts__find(counts, id);

	if (!function)
		return;
	function->lines[line].hits++;
	charge_event(counts, thread, now, cost);
}

/* The same for one thread. The frames that stay are numbered anew. */
static void drop_frames(struct shim_counts *counts, struct shim_thread *thread,
			bool (*is_dropped)(const struct lprof_shim_function *function, void *ctx), void *ctx,
			uint64_t now)
{
	struct lprof_shim_thread *stack = thread->stack;
	uint32_t n = 0;

	memset(thread->innermost, 0, thread->n_innermost * sizeof(*thread->innermost));
	for (uint32_t i = 0; i < stack->n; i++) {
		struct lprof_shim_frame frame = stack->frames[i];
		const struct lprof_shim_function *function = shim_counts__find(counts, frame.function);

		if (!function || is_dropped(function, ctx)) {
			charge(counts, stack, &frame, now);
			continue;
		}
		frame.outer = thread->innermost[frame.function - 1];
		stack->frames[n++] = frame;
		thread->innermost[frame.function - 1] = n;
	}
	__atomic_store_n(&stack->n, n, __ATOMIC_RELEASE);
}

void shim_counts__drop(struct shim_counts *counts, struct shim_thread *self,
		       bool (*is_dropped)(const struct lprof_shim_function *function, void *ctx), void *ctx,
		       uint64_t now)
{
	if (self && self->stack && now - self->watched > LONG && counts->memory.run->clock != LPROF_SHIM_THREAD_CPU)
		look_for_absence(counts, self, now);
	for (struct shim_thread *thread = counts->threads; thread; thread = thread->next)
		if (thread->stack && thread->stack->n && !__atomic_load_n(&thread->ended, __ATOMIC_ACQUIRE))
			drop_frames(counts, thread, is_dropped, ctx, now);
	if (self)
		(void)settle(counts, self, now);
}
