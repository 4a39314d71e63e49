// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/follow.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/privilege.h"
#include "lprof.h"
#include "lprof.skel.h"
#include "probe/held.h"
#include "probe/keeper.h"
#include "probe/loaded_part.h"
#include "target/process_stat.h"

/* The first is one of the two that see forks. */
static const char *const stopping[] = {"lprof_follow_fork", "lprof_follow_exec", "lprof_follow_exit", NULL};
static const char *const running[] = {"lprof_follow_running", "lprof_follow_exec", "lprof_follow_exit", NULL};
/* Those that see who comes into a cgroup. Without one they are not loaded. */
static const char *const moving[] = {"lprof_follow_move", "lprof_follow_made", "lprof_follow_removed", NULL};
static const char *const maps[] = {"followed",	       "passed_over",	 "held", "follow_events",
				   "followed_cgroups", "awaited_cgroup", NULL};

#define MOST_PROGRAMS (sizeof(stopping) / sizeof(*stopping) + sizeof(moving) / sizeof(*moving))

static void leave_out_programs(struct lprof_bpf *skel, const char *const *names)
{
	for (; *names; names++)
		bpf_program__set_autoload(bpf_object__find_program_by_name(skel->obj, *names), false);
}

void follow__leave_out(struct lprof_bpf *skel)
{
	leave_out_programs(skel, stopping);
	leave_out_programs(skel, running);
	leave_out_programs(skel, moving);
	for (const char *const *name = maps; *name; name++)
		bpf_map__set_autocreate(bpf_object__find_map_by_name(skel->obj, *name), false);
}

#define PARENT_NS (CLOCK_SECOND_NS / 2) /* for so long a parent may stop because it has noticed that its child did */
#define PARENTS	  16
#define STOP_MS	  100	    /* how long a traced process is waited for */
#define TAKE_NS	  50000000u /* how long events are served without a break */

/* A process whose child was held until a moment ago. */
struct parent {
	pid_t pid;
	uint64_t until_ns;
};

struct follow {
	bool hold, by_cgroup;  /* as in the config */
	struct keeper *keeper; /* lets go those who are held when this process does not; NULL: nobody is held */
	struct lprof_bpf *skel;
	struct bpf_link *links[MOST_PROGRAMS];
	size_t n_links;
	struct ring_buffer *events;
	struct parent parents[PARENTS]; /* a ring: the last ones */
	size_t n_parents;
	/* Of the follow__take() that is under way. */
	void (*fn)(void *ctx, const struct follow_event *event);
	void *ctx;
	uint64_t taking_ns; /* when it began */
};

void follow__close(struct follow *follow)
{
	if (!follow)
		return;
	while (follow->n_links)
		bpf_link__destroy(follow->links[--follow->n_links]);
	if (follow->skel)
		held__let_go(bpf_map__fd(follow->skel->maps.held), 0);
	ring_buffer__free(follow->events);
	lprof_bpf__destroy(follow->skel);
	if (follow->keeper)
		(void)keeper__detach(follow->keeper, -1);
	keeper__stop(follow->keeper);
	free(follow);
}

/*
 * Waits until process PID, which is traced, is stopped. False: it may be in the middle of something long, or have
 * ended.
 */
static bool await_stop(pid_t pid)
{
	int status;

	for (int i = 0; i < STOP_MS; i++) {
		pid_t found = waitpid(pid, &status, __WALL | WNOHANG);

		if (found)
			return found == pid && WIFSTOPPED(status);
		(void)poll(NULL, 0, 1);
	}
	return false;
}

/* If it was killed, it stays until somebody has taken notice. */
static void untrace(pid_t pid)
{
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL))
		(void)waitpid(pid, NULL, __WALL | WNOHANG);
}

/* Stops process PID, which only this process notices. Whether that could be done. */
static bool trace(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
		return false;
	if (!ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) && await_stop(pid))
		return true;
	untrace(pid);
	return false;
}

static int on_event(void *ctx, void *data, size_t size)
{
	const struct follow *follow = ctx;
	const struct lprof_follow_event *told = data;
	struct follow_event event;

	if (size < sizeof(*told))
		return 0;
	event = (struct follow_event){
		.pid = (pid_t)told->tgid,
		.parent = (pid_t)told->parent,
		.forked = !(told->kind & (LPROF_FOLLOW_EXECUTED | LPROF_FOLLOW_ENTERED)),
		.entered = told->kind & LPROF_FOLLOW_ENTERED,
		.other_thread = told->kind & LPROF_FOLLOW_OTHER_THREAD,
		.stopped = told->stopped,
		.late = told->kind & LPROF_FOLLOW_NOT_HELD,
	};
	event.traced = event.late && follow->hold && trace(event.pid);
	(void)follow->fn(follow->ctx, &event);
	/* Others want to be served too; the rest is for the next time. */
	return clock__monotonic_ns() - follow->taking_ns > TAKE_NS ? -EAGAIN : 0;
}

static struct lprof_program key_of(const struct follow_program *program)
{
	return (struct lprof_program){.ino = program->ino, .size = program->size};
}

/* Of a process that is known already, its parent stays. */
static int set_flags(const struct follow *follow, pid_t pid, uint32_t flags, const struct follow_program *program,
		     uint64_t how)
{
	int fd = bpf_map__fd(follow->skel->maps.followed);
	struct lprof_followed value = {0};
	uint32_t key = (uint32_t)pid;

	(void)bpf_map_lookup_elem(fd, &key, &value);
	value.flags = flags;
	value.program = key_of(program);
	return bpf_map_update_elem(fd, &key, &value, how);
}

static int attach(struct follow *follow, const char *const *programs)
{
	for (; *programs; programs++) {
		struct bpf_link *link =
			bpf_program__attach(bpf_object__find_program_by_name(follow->skel->obj, *programs));

		if (!link)
			return -errno;
		follow->links[follow->n_links++] = link;
	}
	return 0;
}

static int load(struct follow *follow, const char *const *programs)
{
	int err = loaded_part__open(programs, maps, &follow->skel);

	if (err)
		return err;
	for (const char *const *name = moving; follow->by_cgroup && *name; name++)
		bpf_program__set_autoload(bpf_object__find_program_by_name(follow->skel->obj, *name), true);
	follow->skel->rodata->by_cgroup = follow->by_cgroup;
	follow->skel->rodata->never_hold = !follow->hold;
	/* Nobody is stopped whom this process may not continue. */
	follow->skel->rodata->held_user = privilege__can_signal() ? LPROF_ANY_USER : getuid();
	err = bpf_object__load(follow->skel->obj);
	if (err) {
		lprof_bpf__destroy(follow->skel);
		follow->skel = NULL;
	}
	return err;
}

static int begin(struct follow *follow, const struct follow_config *config)
{
	uint32_t flags = config->expected.ino ? LPROF_FOLLOWED_AWAITED : config->probed ? LPROF_FOLLOWED_PROBED : 0;
	const char *const *programs = stopping;
	int err = config->hold ? keeper__start(NULL, &follow->keeper) : 0;

	follow->hold = config->hold;
	follow->by_cgroup = config->by_cgroup;
	if (err)
		return err;
	err = load(follow, programs);
	if (err) { /* the kernel cannot stop a process that has not run yet, perhaps */
		programs = running;
		err = load(follow, programs);
	}
	if (!err && config->hold)
		err = keeper__watch_held(follow->keeper, bpf_map__fd(follow->skel->maps.held));
	if (err)
		return err;
	follow->events = ring_buffer__new(bpf_map__fd(follow->skel->maps.follow_events), on_event, follow, NULL);
	if (!follow->events)
		return -errno;
	for (size_t i = 0; !err && i < config->n_roots; i++)
		err = set_flags(follow, config->roots[i], flags, &config->expected, BPF_ANY);
	if (!err)
		err = attach(follow, programs);
	return err || !follow->by_cgroup ? err : attach(follow, moving);
}

int follow__open(const struct follow_config *config, struct follow **out)
{
	struct follow *follow = calloc(1, sizeof(*follow));
	int err = follow ? begin(follow, config) : -ENOMEM;

	if (err)
		follow__close(follow);
	else
		*out = follow;
	return err;
}

int follow__fd(const struct follow *follow)
{
	return ring_buffer__epoll_fd(follow->events);
}

bool follow__take(struct follow *follow, void (*fn)(void *ctx, const struct follow_event *event), void *ctx)
{
	follow->fn = fn;
	follow->ctx = ctx;
	follow->taking_ns = clock__monotonic_ns();
	return ring_buffer__consume(follow->events) == -EAGAIN;
}

int follow__set_probed(struct follow *follow, pid_t pid, bool probed)
{
	const struct follow_program none = {0};

	/* It may have ended, and then it must not come back. */
	return set_flags(follow, pid, probed ? LPROF_FOLLOWED_PROBED : 0, &none, BPF_EXIST);
}

void follow__set_cgroups(struct follow *follow, const uint64_t *ids, size_t n, uint64_t parent, const char *name)
{
	struct lprof_awaited_cgroup awaited = {.parent = parent};
	const uint32_t zero = 0;
	const uint8_t yes = 1;

	snprintf(awaited.name, sizeof(awaited.name), "%s", name);
	(void)bpf_map_update_elem(bpf_map__fd(follow->skel->maps.awaited_cgroup), &zero, &awaited, BPF_ANY);
	for (size_t i = 0; i < n; i++)
		(void)bpf_map_update_elem(bpf_map__fd(follow->skel->maps.followed_cgroups), &ids[i], &yes, BPF_ANY);
}

bool follow__add(struct follow *follow, pid_t pid)
{
	const struct lprof_followed fresh = {.flags = LPROF_FOLLOWED_UNSURE};
	uint32_t key = (uint32_t)pid;

	return !bpf_map_update_elem(bpf_map__fd(follow->skel->maps.followed), &key, &fresh, BPF_NOEXIST);
}

void follow__leave(struct follow *follow, pid_t pid)
{
	uint32_t key = (uint32_t)pid;

	(void)bpf_map_delete_elem(bpf_map__fd(follow->skel->maps.followed), &key);
}

void follow__pass_over(struct follow *follow, const struct follow_program *program)
{
	const struct lprof_program key = key_of(program);
	const uint8_t yes = 1;

	(void)bpf_map_update_elem(bpf_map__fd(follow->skel->maps.passed_over), &key, &yes, BPF_ANY);
}

bool follow__passes_over(const struct follow *follow, const struct follow_program *program)
{
	const struct lprof_program key = key_of(program);
	uint8_t yes;

	return !bpf_map_lookup_elem(bpf_map__fd(follow->skel->maps.passed_over), &key, &yes);
}

/* Those who wait for the process of EVENT, and for these in turn, may stop when it does, if they had not before. */
static void note_parents(struct follow *follow, const struct follow_event *event)
{
	char parent[PROCESS_STAT_ROOM];
	pid_t pid = event->pid;

	for (int i = 0; i < LPROF_FOLLOW_ANCESTORS && process_stat__read(pid, PROCESS_STAT_PARENT, parent); i++) {
		pid = (pid_t)strtol(parent, NULL, 10);
		if (pid <= 1 || pid == getpid())
			return;
		if (!(event->stopped & 1u << i))
			follow->parents[follow->n_parents++ % PARENTS] =
				(struct parent){.pid = pid, .until_ns = clock__monotonic_ns() + PARENT_NS};
	}
}

bool follow__let_go(struct follow *follow, const struct follow_event *event)
{
	if (event->traced)
		untrace(event->pid);
	if (event->late)
		return false;
	note_parents(follow, event);
	return held__let_go_one(bpf_map__fd(follow->skel->maps.held), (uint32_t)event->pid);
}

void follow__look(struct follow *follow)
{
	uint64_t now_ns = clock__monotonic_ns();
	char state[PROCESS_STAT_ROOM];

	for (size_t i = 0; i < PARENTS; i++) {
		struct parent *parent = &follow->parents[i];

		if (parent->until_ns <= now_ns || !process_stat__read(parent->pid, PROCESS_STAT_STATE, state) ||
		    *state != 'T')
			continue;
		(void)kill(parent->pid, SIGCONT);
		parent->until_ns = 0;
	}
}
