// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/stack_sampler.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/many_files.h"
#include "sample/blocked_threads.h"
#include "sample/sample_maps.h"
#include "sample/sample_names.h"
#include "sample/sampled_processes.h"
#include "sample/stack_walk.h"
#include "unwind_row.h"

#define COMM_SIZE sizeof(((struct lprof_sample *)0)->comm)

/* Of a stack: one for the kernel, native ones and interpreted ones. */
#define MOST_FRAMES (1 + LPROF_STACK_MOST + SAMPLE_READER_FRAMES)

/* Rules for walking stacks, of 16 bytes each: room for objects that are mapped later, and the most of all. */
#define LATER_ROWS (1 << 18)
#define MOST_ROWS  (1 << 23)

struct owner {
	uint32_t pid, tid;
	uint32_t index; /* in the stacks */
	struct profile_owner who;
};

struct stack_sampler {
	struct sampled_processes processes;
	struct owner *owners;
	size_t n_owners;
	enum profile_by by;
	enum profile_clock clock;
	struct sample_tree tree;
	struct sample_names *names;
	bool ignoring;
	uint64_t n_samples;
	uint64_t cut;			 /* samples whose outermost frames are missing */
	double periods_ns, squares;	 /* sums of the samples' periods, and of their squares */
	struct sample_maps *maps;	 /* NULL: no session is under way */
	struct blocked_threads *blocked; /* NULL: time off the processor does not matter, or cannot be known */
	bool refused;			 /* they cannot be asked for */
	int epoll;			 /* waits for both */
	const struct lprof_bpf *skel;	 /* of the session; borrowed */
	int err;			 /* the first thing that failed while samples were taken */
};

int stack_sampler__new(const struct stack_sampler_config *config, struct stack_sampler **out)
{
	struct stack_sampler *sampler = calloc(1, sizeof(*sampler));
	int err;

	if (!sampler)
		return -ENOMEM;
	sampler->by = config->by;
	sampler->clock = config->clock;
	sampler->epoll = -1;
	if (config->only)
		sampled_processes__restrict(&sampler->processes, config->only);
	if (config->reader)
		sampler->processes.reader =
			(struct sample_reader){config->reader, config->reader->new (config->natives)};
	sampler->names = sample_names__new(&sampler->processes.objects, &sampler->processes.reader);
	err = -ENOMEM;
	if (sampler->names && (!config->reader || sampler->processes.reader.state))
		err = sampled_processes__expect(&sampler->processes, config->expected);
	if (err) {
		stack_sampler__free(sampler);
		return err;
	}
	*out = sampler;
	return 0;
}

static void stop_receiving(struct stack_sampler *sampler)
{
	blocked_threads__free(sampler->blocked);
	sample_maps__free(sampler->maps);
	if (sampler->epoll >= 0)
		close(sampler->epoll);
	sampler->epoll = -1;
	sampler->blocked = NULL;
	sampler->refused = false;
	sampler->maps = NULL;
}

void stack_sampler__free(struct stack_sampler *sampler)
{
	if (!sampler)
		return;
	stop_receiving(sampler);
	sample_names__free(sampler->names);
	sample_tree__release(&sampler->tree);
	free(sampler->owners);
	if (sampler->processes.reader.state)
		sampler->processes.reader.ops->free(sampler->processes.reader.state);
	sampled_processes__release(&sampler->processes);
	free(sampler);
}

/* The index of whose sample it is among the owners; or -ENOMEM. */
static int64_t find_owner(struct stack_sampler *sampler, uint32_t tgid, uint32_t tid, const char comm[COMM_SIZE])
{
	struct owner owner = {
		.pid = sampler->by == PROFILE_BY_NOTHING ? 0 : tgid,
		.tid = sampler->by == PROFILE_BY_THREAD ? tid : 0,
	};

	for (size_t i = sampler->n_owners; i > 0; i--)
		if (sampler->owners[i - 1].pid == owner.pid && sampler->owners[i - 1].tid == owner.tid)
			return (int64_t)i - 1;
	if (grow__counted(&sampler->owners, sampler->n_owners, 1, sizeof(owner)))
		return -ENOMEM;
	if (owner.pid) {
		owner.who = (struct profile_owner){.pid = (int)owner.pid, .tid = (int)owner.tid};
		memcpy(owner.who.comm, comm, COMM_SIZE);
	}
	sampler->owners[sampler->n_owners] = owner;
	return (int64_t)sampler->n_owners++;
}

/* Puts the interpreted frames that WORDS tell of among FRAMES. 0 or -ENOMEM. */
static int read_words(const struct stack_sampler *sampler, pid_t pid, const struct sample_words *words,
		      struct sample_frame *frames, size_t *n)
{
	const struct sample_reader *reader = &sampler->processes.reader;

	return words->n && reader->ops ? reader->ops->read(reader->state, pid, words, frames, n) : 0;
}

static int add_sample(struct stack_sampler *sampler, const struct sampled_process *process,
		      const struct lprof_sample *sample)
{
	const struct sample_figures figures = {.samples = 1, .cpu_ns = sample->period_ns};
	const struct sample_words words = {
		.items = (const uint64_t *)sample->frames + sample->n,
		.n = sample->n_words,
		.cut = sample->flags & LPROF_SAMPLE_WORDS_CUT,
		.natives_cut = sample->end != UNWIND_DONE,
	};
	struct sample_frame frames[MOST_FRAMES];
	int64_t owner = find_owner(sampler, sample->tgid, sample->tid, sample->comm);
	uint32_t node;
	size_t n = 0;
	int err;

	if (owner < 0)
		return (int)owner;
	if (sample->flags & LPROF_SAMPLE_IN_KERNEL)
		frames[n++] = (struct sample_frame){0, SAMPLE_KERNEL};
	for (uint32_t i = 0; i < sample->n && i < LPROF_STACK_MOST; i++)
		frames[n++] = address_space__frame(&process->space, sample->frames[i]);
	sampler->n_samples++;
	sampler->cut += words.natives_cut;
	sampler->periods_ns += (double)sample->period_ns;
	sampler->squares += (double)sample->period_ns * (double)sample->period_ns;
	err = read_words(sampler, process->pid, &words, frames, &n);
	if (!err)
		err = sample_tree__enter(&sampler->tree, (uint32_t)owner, frames, n, &node);
	if (!err)
		sample_tree__count(&sampler->tree, node, &figures);
	return err;
}

/* A message of the BPF program. */
static void take(const struct lprof_sample *sample, void *ctx)
{
	struct stack_sampler *sampler = ctx;
	struct sampled_process *process = sampled_processes__find(&sampler->processes, (pid_t)sample->tgid);
	bool unknown = sample->message == LPROF_MESSAGE_LOOK || (sample->flags & LPROF_SAMPLE_NO_MAPPING);
	int err = 0;

	if (!process) {
		sampler->err = -ENOMEM;
		return;
	}
	if (unknown)
		sampled_processes__look(&sampler->processes, process, sampler->maps, SAMPLED_PROCESSES_SOON_NS);
	if (sample->message == LPROF_MESSAGE_SAMPLE && !process->ignored && !sampler->ignoring)
		err = add_sample(sampler, process, sample);
	if (err && !sampler->err)
		sampler->err = err;
}

/* Puts the interpreted frames of a blocked thread among its native ones, which are CUT or not. 0 or -ENOMEM. */
static int read_blocked(const struct stack_sampler *sampler, const struct lprof_blocked *state, bool cut,
			struct sample_frame *frames, size_t *n)
{
	const struct sample_reader *reader = &sampler->processes.reader;
	uint64_t items[2 * SAMPLE_READER_FRAMES];
	struct sample_words words = {.items = items, .natives_cut = cut};

	if (reader->ops)
		reader->ops->walk(reader->state, (pid_t)state->tgid, state->thread_pointer, items, &words.n,
				  &words.cut);
	return read_words(sampler, (pid_t)state->tgid, &words, frames, n);
}

/* The node of the stack of a blocked thread; SAMPLE_TREE_NONE when it cannot be known. */
static uint32_t find_node(struct stack_sampler *sampler, const struct lprof_blocked *state)
{
	struct sampled_process *process = sampled_processes__find(&sampler->processes, (pid_t)state->tgid);
	const struct unwind_registers regs = {state->ip, state->sp, state->bp, state->bx};
	struct sample_frame frames[MOST_FRAMES];
	uint32_t node = SAMPLE_TREE_NONE;
	int64_t owner;
	size_t n;
	bool cut;

	if (!process)
		return node;
	sampled_processes__look(&sampler->processes, process, sampler->maps, CLOCK_NEVER);
	owner = process->ignored ? -ESRCH : find_owner(sampler, state->tgid, state->tid, state->comm);
	if (owner < 0)
		return node;
	n = stack_walk__frames(process->pid, &process->space, &sampler->processes.objects, regs, frames,
			       LPROF_STACK_MOST, &cut);
	if ((read_blocked(sampler, state, cut, frames, &n) ||
	     sample_tree__enter(&sampler->tree, (uint32_t)owner, frames, n, &node)) &&
	    !sampler->err)
		sampler->err = -ENOMEM;
	return node;
}

static uint32_t charge_blocked(const struct blocked_thread *thread, void *ctx)
{
	const struct sample_figures figures = {.blocked_ns = thread->waited_ns};
	struct stack_sampler *sampler = ctx;
	uint32_t node = thread->moved ? find_node(sampler, thread->state) : thread->node;

	if (!sampler->ignoring)
		sample_tree__count(&sampler->tree, node, &figures);
	return node;
}

static int watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Receives what the BPF programs of the session SKEL say. */
static int receive(struct stack_sampler *sampler, const struct lprof_bpf *skel)
{
	int err = sample_maps__new(skel, take, sampler, &sampler->maps);

	sampler->skel = skel;
	sampler->epoll = err ? -1 : epoll_create1(EPOLL_CLOEXEC);
	if (!err && sampler->epoll < 0)
		err = -errno;
	if (!err)
		err = watch(sampler->epoll, sample_maps__fd(sampler->maps));
	return err;
}

/*
 * Begins to ask which threads are blocked, unless that is not wanted. Not before the target runs: a command that has
 * not begun yet waits for this process.
 */
static void ask_for_blocked(struct stack_sampler *sampler)
{
	if (sampler->clock != PROFILE_CLOCK_WALL || sampler->blocked || sampler->refused)
		return;
	if (blocked_threads__new(sampler->skel, charge_blocked, sampler, &sampler->blocked) ||
	    watch(sampler->epoll, blocked_threads__fd(sampler->blocked)))
		sampler->refused = true;
}

/* Whether the process is a child of ours that has not executed its command yet. What it maps says nothing. */
static bool runs_our_program(pid_t pid)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return !stat("/proc/self/exe", &own) && !stat(path, &other) && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

uint32_t stack_sampler__rows(const struct stack_sampler *sampler)
{
	const struct sampled_objects *objects = &sampler->processes.objects;
	size_t n = LATER_ROWS;

	for (size_t i = 0; i < objects->n; i++)
		n += objects->items[i].table.n;
	return n < MOST_ROWS ? (uint32_t)n : MOST_ROWS;
}

int stack_sampler__begin(struct stack_sampler *sampler, const struct session *session, const pid_t *pids, size_t n_pids,
			 const struct diag *diag)
{
	int err = receive(sampler, session__skeleton(session));

	if (err) {
		stop_receiving(sampler);
		diag__failure(diag, err, "cannot receive samples from the BPF program");
		return err;
	}
	many_files__allow(); /* each object that is sampled keeps a descriptor */
	sampled_processes__restart(&sampler->processes);
	if (!n_pids)
		sampled_processes__look_at_all(&sampler->processes, sampler->maps);
	for (size_t i = 0; i < n_pids; i++) {
		struct sampled_process *process =
			runs_our_program(pids[i]) ? NULL : sampled_processes__find(&sampler->processes, pids[i]);

		if (process)
			sampled_processes__look(&sampler->processes, process, sampler->maps, 0);
	}
	return 0;
}

void stack_sampler__end(struct stack_sampler *sampler)
{
	if (sampler->maps)
		stack_sampler__take(sampler);
	stop_receiving(sampler);
}

int stack_sampler__fd(const struct stack_sampler *sampler)
{
	return sampler->epoll;
}

void stack_sampler__take(struct stack_sampler *sampler)
{
	if (!sampler->maps)
		return;
	sample_maps__take(sampler->maps);
	ask_for_blocked(sampler);
	if (sampler->blocked)
		(void)blocked_threads__take(sampler->blocked);
	sampled_processes__look_again(&sampler->processes, sampler->maps);
}

int stack_sampler__stacks(struct stack_sampler *sampler, struct stacks **out)
{
	uint32_t *owners = calloc(sampler->n_owners + 1, sizeof(*owners));
	struct stacks *stacks = stacks__new();
	int err = owners && stacks && !sampler->err ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < sampler->n_owners; i++) {
		int64_t index = stacks__owner(stacks, &sampler->owners[i].who);

		if (index < 0)
			err = -ENOMEM;
		else
			owners[i] = (uint32_t)index;
	}
	if (!err)
		err = sample_names__add(sampler->names, &sampler->tree, owners, stacks);
	free(owners);
	if (err) {
		stacks__free(stacks);
		return err;
	}
	stacks->cut_samples = sampler->cut;
	stacks->period_ns = sampler->periods_ns > 0 ? (uint64_t)(sampler->squares / sampler->periods_ns + 0.5) : 0;
	stacks->lost_samples = sampler->tree.lost;
	*out = stacks;
	return 0;
}

int stack_sampler__own(const struct stack_sampler *sampler, unsigned long long dev, unsigned long long ino,
		       struct own_samples *own)
{
	const struct sampled_objects *objects = &sampler->processes.objects;
	uint32_t i = 0;

	while (i < objects->n && (objects->items[i].ino != ino || (dev && objects->items[i].dev != dev)))
		i++;
	return own_samples__gather(&sampler->tree, i, own);
}

uint64_t stack_sampler__count(const struct stack_sampler *sampler)
{
	return sampler->n_samples;
}

bool stack_sampler__found(const struct stack_sampler *sampler)
{
	return sampler->processes.found;
}

static const struct sampled_object *find_object(const struct stack_sampler *sampler, const char *name)
{
	const struct sampled_objects *objects = &sampler->processes.objects;

	for (size_t i = 0; i < objects->n; i++)
		if (!strcmp(objects->items[i].name, name))
			return &objects->items[i];
	return NULL;
}

bool stack_sampler__is_meant(const struct stack_sampler *sampler, const char *object)
{
	const struct sampled_object *known = find_object(sampler, object);

	return !sampler->processes.restricted ||
	       (known && known->dev == sampler->processes.dev && known->ino == sampler->processes.ino);
}

const struct target_files *stack_sampler__files(const struct stack_sampler *sampler, const char *object)
{
	const struct sampled_object *known = find_object(sampler, object);

	return known ? known->files : NULL;
}

void stack_sampler__ignore(struct stack_sampler *sampler, bool ignore)
{
	if (sampler->maps)
		stack_sampler__take(sampler);
	sampler->ignoring = ignore;
}

int stack_sampler__each_line(const struct stack_sampler *sampler, const struct stack_function *what,
			     int (*fn)(const char *file, uint32_t line, void *ctx), void *ctx)
{
	return sample_names__each_line(sampler->names, &sampler->tree, what, fn, ctx);
}
