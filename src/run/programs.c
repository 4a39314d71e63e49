// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/programs.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "elf/imports.h"
#include "probe/follow.h"
#include "probe/priority.h"
#include "run/arrivals.h"
#include "run/homes.h"
#include "run/joint_profile.h"
#include "run/libraries.h"
#include "run/program.h"
#include "run/program_set.h"
#include "target/target_loader.h"

#define MOST_TAKES 20 /* events of processes are taken so many times without a break, at the end */

struct programs {
	const struct options *options;
	struct program_set set;
	struct libraries libraries; /* that are opened later */
	struct profile_processes homes;
	bool following; /* what the command starts is profiled too */
	struct follow *follow;
	struct arrivals *arrivals; /* with --cgroup; else NULL */
	int wake_fd;
	char *missing; /* why the command itself has nothing of what -f names; NULL: it has */
	size_t missing_size;
	/* For what is said of programs that the command starts: nothing, unless details are wanted. */
	struct diag quiet;
	FILE *nowhere;	     /* its stream */
	size_t n_searched;   /* programs in which -f names nothing */
	size_t n_refused;    /* processes of programs for which there was no room */
	size_t n_lost;	     /* processes to which probes do not lead any more */
	size_t n_gone;	     /* processes that had ended before they could have probes */
	size_t n_late;	     /* processes that had begun to run before they had probes */
	pid_t first_entered; /* the first process that was in the cgroup; 0: none was yet */
	size_t n_entered;    /* processes that came into the cgroup from elsewhere */
};

/* Functions of libc by which a program can start another one, or open a library. */
static const char *const starters[] = {"dlopen",       "dlmopen", "execve", "execv",	"execvp",  "execvpe",
				       "execl",	       "execlp",  "execle", "execveat", "fexecve", "posix_spawn",
				       "posix_spawnp", "system",  "popen",  NULL};

void programs__free(struct programs *programs)
{
	if (!programs)
		return;
	follow__close(programs->follow);
	arrivals__close(programs->arrivals);
	program_set__release(&programs->set);
	profile_processes__release(&programs->homes);
	if (programs->wake_fd >= 0)
		close(programs->wake_fd);
	if (programs->nowhere)
		fclose(programs->nowhere);
	free(programs->missing);
	free(programs);
}

/* Plans the first program. BARE: as in program_config. */
static int plan(struct programs *programs, bool optional, const char *bare, const struct diag *diag)
{
	const struct program_config config = {
		.options = programs->options,
		.growing = programs->following,
		.optional = optional,
		.libraries = programs->libraries.wanted,
		.bare = bare,
	};
	struct program *program;
	int err = program__new(&config, diag, &program);

	return err ? err : program_set__add(&programs->set, program);
}

static void drop_missing(struct programs *programs)
{
	free(programs->missing);
	programs->missing = NULL;
}

/* Writes what was said of the command itself. It begins with the name of this program already. */
static void write_missing(const struct programs *programs, const struct diag *diag)
{
	status__erase(diag->status);
	(void)fwrite(programs->missing, 1, programs->missing_size, diag->stream);
}

/*
 * Plans what the target itself has of what -f names. PATH is its program, which may start others and open libraries.
 * If some of it is missing, it may be there. If all of it is, what is said of that is kept for the case that it is not;
 * but only of a COMMAND, since a process of -p may run for ever.
 */
static int plan_starter(struct programs *programs, const char *path, bool command, const struct diag *diag)
{
	struct diag kept = *diag;
	int err;
	bool some;

	kept.status = NULL;
	kept.stream = open_memstream(&programs->missing, &programs->missing_size);
	if (!kept.stream)
		return -ENOMEM;
	err = plan(programs, false, NULL, &kept);
	fclose(kept.stream);
	some = err == -ENOENT && !plan(programs, true, command ? path : NULL, &programs->quiet) &&
	       program_set__is_certain(&programs->set);
	if (err == -ENOENT && (some || command)) {
		diag__note(diag,
			   "%s has %s function that -f names; %s searched for in the programs that it starts, and in "
			   "the libraries that it opens",
			   path, some ? "not each" : "no", some ? "the others are" : "it is");
		return 0;
	}
	if (programs->missing)
		write_missing(programs, diag);
	drop_missing(programs);
	return err;
}

static void on_probed(void *ctx, pid_t pid)
{
	const struct programs *programs = ctx;

	(void)follow__set_probed(programs->follow, pid, true);
}

int programs__new(const struct options *options, const struct diag *diag, struct programs **out)
{
	struct programs *programs = calloc(1, sizeof(*programs));
	char path[PATH_MAX];
	int err = 0;

	if (!programs)
		return -ENOMEM;
	programs->wake_fd = -1;
	programs->options = options;
	programs->nowhere = fopen("/dev/null", "we");
	programs->quiet = (struct diag){.stream = programs->nowhere, .verbosity = -1};
	if (diag->verbosity > 0)
		programs->quiet = *diag;
	if (!programs->nowhere)
		err = -ENOMEM;
	programs->following =
		(options->command || options->n_pids || options->cgroup) && !options->no_follow && !options->dry_run;
	programs->libraries = (struct libraries){
		.wanted = programs->following && libraries__are_wanted(options),
		.options = options,
		.set = &programs->set,
		.diag = &programs->quiet,
		.on_probed = on_probed,
		.ctx = programs,
	};
	if (!err && options->cgroup)
		err = arrivals__open(options->cgroup, diag, &programs->arrivals);
	if (!err && options->command)
		err = target_loader__program(options->command, diag, path);
	if (options->n_pids)
		snprintf(path, sizeof(path), "/proc/%d/exe", (int)options->pids[0]);
	if (!err && programs->following && !options->cgroup && options->n_functions && !options->file &&
	    (imports__any(path, starters) || imports__are_hidden(path)))
		err = plan_starter(programs, path, options->command, diag);
	else if (!err && !options->cgroup)
		err = plan(programs, false, NULL, diag);
	if (!err && programs->following && programs->set.n)
		(void)program__identify(programs->set.items[0], path);
	if (err) {
		programs__free(programs);
		return err;
	}
	*out = programs;
	return 0;
}

int programs__equip(struct programs *programs, struct target_equipment *equipment, const struct diag *diag)
{
	const struct program *first = program_set__first(&programs->set);

	return first ? phases__equip(first->phases, equipment, diag) : 0;
}

/* Children of a command are held until they have probes. Those of a process that runs already are not. */
static int begin_following(struct programs *programs, const pid_t *pids, size_t n_pids)
{
	const struct program *first = programs->set.n ? programs->set.items[0] : NULL;
	struct follow_config config = {.roots = pids, .n_roots = n_pids, .hold = programs->options->command};
	int err;

	config.probed = first && first->phases && phases__was_certain(first->phases);
	config.by_cgroup = programs->arrivals;
	if (config.probed && programs->options->command)
		config.expected = (struct follow_program){.ino = first->ino, .size = first->size};
	err = follow__open(&config, &programs->follow);
	programs->following = !err;
	return err;
}

static void say_not_following(const struct programs *programs, int err, const struct diag *diag)
{
	if (programs->arrivals)
		diag__failure(diag, err, "the processes of a cgroup cannot be followed here; name them with -p");
	else
		diag__note(diag,
			   "the processes that the target starts cannot be followed (%s), so only the target itself is "
			   "profiled",
			   strerror(-err));
}

/* Waits for FD too. It may be waited for already. */
static int watch_fd(const struct programs *programs, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return fd >= 0 && epoll_ctl(programs->wake_fd, EPOLL_CTL_ADD, fd, &event) && errno != EEXIST ? -errno : 0;
}

static int watch(struct programs *programs)
{
	int err = 0;

	if (programs->wake_fd < 0)
		programs->wake_fd = epoll_create1(EPOLL_CLOEXEC);
	if (programs->wake_fd < 0)
		return -errno;
	if (programs->follow)
		err = watch_fd(programs, follow__fd(programs->follow));
	for (size_t i = 0; !err && i < programs->set.n; i++)
		if (programs->set.items[i]->begun)
			err = watch_fd(programs, phases__wake_fd(programs->set.items[i]->phases));
	return err;
}

/* Says what is waited for, since no process of the cgroup has a program that can be profiled, the first one PID. */
static void say_waiting(const struct programs *programs, pid_t pid, const struct diag *diag)
{
	const char *path = arrivals__path(programs->arrivals);
	struct program *program;

	if (!pid) {
		diag__note(diag, "there is no process in the cgroup %s now; those that come into it are profiled",
			   path);
		return;
	}
	if (!program__of_running(programs->options, pid, false, false, diag, &program))
		program__free(program);
	diag__note(
		diag,
		"nothing can be profiled in the processes that are in the cgroup %s now; it is searched for in those "
		"that come into it, and in the programs that they execute",
		path);
}

/* Of several functions, one program mostly has all: what is missing in it may have been misspelt. */
static void say_incomplete(const struct programs *programs, const struct diag *diag)
{
	const struct program *first = program_set__first(&programs->set);
	struct program *program;
	int err;

	if (programs->options->n_functions < 2 || programs->set.n > 1 || first->options.hottest)
		return;
	err = program__of_running(programs->options, first->first, false, false, &programs->quiet, &program);
	if (!err)
		program__free(program);
	else if (err == -ENOENT)
		diag__note(diag,
			   "/proc/%d/exe has not each function that -f names; the others are searched for in the "
			   "programs that processes of the cgroup execute, and in the libraries that they open",
			   (int)first->first);
}

static arrivals_fn enter_at_start; /* below, with what else becomes of processes */

static int begin_in_cgroup(struct programs *programs, const struct diag *diag)
{
	int err = arrivals__begin(programs->arrivals, programs->follow, enter_at_start, programs);

	if (!err && !program_set__first(&programs->set))
		say_waiting(programs, programs->first_entered, diag);
	else if (!err)
		say_incomplete(programs, diag);
	return err;
}

/* From now on counting may last so long; 0: as long as it likes. */
static void set_end(struct programs *programs, uint64_t duration_ns)
{
	uint64_t now_ns = clock__monotonic_ns();

	if (duration_ns && duration_ns < UINT64_MAX - now_ns)
		programs->set.ends_ns = now_ns + duration_ns;
}

int programs__begin(struct programs *programs, const pid_t *pids, size_t n_pids, uint64_t duration_ns,
		    const struct diag *diag)
{
	struct program *first = programs->set.n ? programs->set.items[0] : NULL;
	bool counting = program_set__first(&programs->set);
	int err = 0, lonely = 0;

	if (!programs->arrivals)
		set_end(programs, duration_ns);
	/*
	 * What processes that run start from now on is told of, and waits for programs__wake(). A command does not run
	 * yet, and its own probes are what must succeed.
	 */
	if (programs->following && !programs->options->command)
		lonely = begin_following(programs, pids, n_pids);
	if (first)
		err = program__begin(first, pids, n_pids, duration_ns, diag);
	if (!err && programs->following && programs->options->command)
		lonely = begin_following(programs, pids, n_pids);
	if (!err && lonely && (lonely == -ENOMEM || !counting))
		err = lonely;
	if (!err && programs->arrivals)
		err = begin_in_cgroup(programs, diag);
	if (programs->arrivals)
		set_end(programs, duration_ns);
	for (size_t i = 0; !err && first && i < n_pids; i++)
		err = members__add(&programs->set.members, pids[i], first);
	for (size_t i = 0; !err && i < n_pids; i++)
		err = homes__look(&programs->homes, pids[i]);
	/* Otherwise there is something worse to say, for the same reason probably. */
	if (lonely && lonely != -ENOMEM && (!err || !counting))
		say_not_following(programs, lonely, diag);
	return err ? err : watch(programs);
}

int programs__end(struct programs *programs, const struct diag *diag)
{
	int err = 0, first = 0;

	follow__close(programs->follow);
	programs->follow = NULL;
	for (size_t i = 0; i < programs->set.n; i++) {
		if (programs->set.items[i]->begun)
			err = phases__end(programs->set.items[i]->phases, diag);
		first = first ? first : err;
	}
	return first;
}

/* The program that a process runs that is LIKE it, or that of all. */
static struct program *find_program(const struct programs *programs, const struct program *like)
{
	/* Of a file that the user named (-x), it does not matter which program maps it. */
	if (programs->options->file)
		return programs->set.n ? programs->set.items[0] : NULL;
	return program_set__find(&programs->set, like);
}

/* Plans and probes a program that no process has run yet, or that process PID has been RUNNING for a while. */
static int add_executed(struct programs *programs, pid_t pid, bool running, struct program **out)
{
	bool libraries = programs->libraries.wanted;
	struct program *program;
	int err;

	if (!program_set__has_room(&programs->set, false))
		return -ENOSPC;
	/* Planning takes a while, at the priority of any other program. */
	priority__lower();
	err = running ? program__of_running(programs->options, pid, true, libraries, &programs->quiet, &program)
		      : program__of_executed(programs->options, pid, libraries, &programs->quiet, &program);
	priority__raise();
	if (!err && !program->phases && !program_set__has_room(&programs->set, true)) {
		program__free(program);
		err = -ENOENT;
	}
	if (err)
		return err;
	*out = program;
	return program_set__begin(&programs->set, program, &programs->quiet);
}

/* Process PID, which is held, has executed a program; or it is RUNNING it and goes on. */
static int execute(struct programs *programs, pid_t pid, bool other_thread, bool running)
{
	struct program like = {0}, *program;
	char path[32];
	int err = 0;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	members__drop(&programs->set.members, pid);
	if (!program__identify(&like, path))
		return -ESRCH;
	program = find_program(programs, &like);
	if (!program) {
		const struct follow_program followed = {.ino = like.ino, .size = like.size};

		/* Who executes it is not told of, but there may be any number of processes that run it already. */
		if (running && follow__passes_over(programs->follow, &followed))
			return -ENOENT;
		err = add_executed(programs, pid, running, &program);
		programs->n_searched += err == -ENOENT || (!err && !program->phases);
		if (err == -ENOENT || err == -ENOSPC || err == -ENOTSUP)
			follow__pass_over(programs->follow, &followed);
	} else {
		/*
		 * The kernel knows the probes' process by its first thread, which is another one now. With more probes
		 * for that one, some kernels would count each hit twice.
		 */
		programs->n_lost += other_thread && program->phases && program__has(program, pid);
		err = program_set__join(&programs->set, program, pid);
		if (!err && program->phases)
			phases__executed(program->phases, pid);
	}
	if (!err)
		libraries__join(&programs->libraries, program, pid);
	return err;
}

/* Whether children of process PID are to be held. */
static bool has_probes(const struct programs *programs, pid_t pid)
{
	struct program *found[MOST_PROGRAMS + 1];
	size_t n = members__of(&programs->set.members, pid, found, sizeof(found) / sizeof(*found));

	for (size_t i = 0; i < n; i++)
		if (found[i]->phases && phases__was_certain(found[i]->phases))
			return true;
	return false;
}

static void count_failure(struct programs *programs, pid_t pid, int err)
{
	programs->n_refused += err && err != -ENOENT && err != -ESRCH;
	if (err && err != -ENOENT)
		diag__debug(&programs->quiet, "process %d is not profiled: %s", (int)pid, strerror(-err));
}

/* Process PID, which runs, is in the cgroup. Whether it is profiled from now on. */
static bool enter(struct programs *programs, pid_t pid)
{
	struct program *one;
	int err;

	if (members__of(&programs->set.members, pid, &one, 1))
		return false;
	if (!programs->first_entered)
		programs->first_entered = pid;
	err = execute(programs, pid, false, true);
	(void)follow__set_probed(programs->follow, pid, has_probes(programs, pid));
	count_failure(programs, pid, err);
	(void)homes__look(&programs->homes, pid);
	return has_probes(programs, pid);
}

static void enter_at_start(void *ctx, pid_t pid)
{
	(void)enter(ctx, pid);
}

static void enter_later(void *ctx, pid_t pid)
{
	struct programs *programs = ctx;

	programs->n_entered += enter(programs, pid);
}

/* Whether EVENT is that of a process that is to be profiled, and now. */
static bool is_due(struct programs *programs, const struct follow_event *event)
{
	if (!programs->arrivals || event->forked)
		return true;
	arrivals__forget(programs->arrivals, event->pid);
	if (arrivals__is_ours(event->pid))
		follow__leave(programs->follow, event->pid);
	else if (event->entered)
		(void)arrivals__expect(programs->arrivals, event->pid);
	else
		return true;
	return false;
}

/* A process has been forked. That is told of its parent too, and so may be the first that is known of both. */
static int join_parent(struct programs *programs, const struct follow_event *event)
{
	int err = program_set__join_parent(&programs->set, event->pid, event->parent);

	if (err != -ESRCH || !programs->arrivals)
		return err;
	if (arrivals__is_ours(event->pid))
		follow__leave(programs->follow, event->pid);
	else
		(void)arrivals__expect(programs->arrivals, event->pid);
	return err;
}

static void on_event(void *ctx, const struct follow_event *event)
{
	struct programs *programs = ctx;
	bool held;
	int err;

	if (!is_due(programs, event))
		return;
	err = event->forked ? join_parent(programs, event) : execute(programs, event->pid, event->other_thread, false);
	/* If it has ended meanwhile, there is nobody left to know that. */
	(void)follow__set_probed(programs->follow, event->pid, has_probes(programs, event->pid));
	held = follow__let_go(programs->follow, event);
	if (!err)
		(void)homes__look(&programs->homes, event->pid);
	programs->n_late += !err && !held;
	programs->n_gone += err == -ESRCH && !event->forked;
	count_failure(programs, event->pid, err);
}

int programs__tick(struct programs *programs, const struct diag *diag)
{
	int err = 0;

	if (programs->follow) {
		follow__look(programs->follow);
		(void)follow__take(programs->follow, on_event, programs);
		if (programs->arrivals)
			err = arrivals__look(programs->arrivals, programs->follow, enter_later, programs);
		members__forget_ended(&programs->set.members);
		libraries__look(&programs->libraries);
	}
	for (size_t i = 0; !err && i < programs->set.n; i++) {
		struct program *program = programs->set.items[i];
		/* Of a program that nobody runs any more, nothing is to be begun. */
		bool idle = programs->following && !program__look(program);

		if (idle || program->failed || !program->phases)
			continue;
		err = phases__tick(program->phases, i || programs->arrivals ? &programs->quiet : diag);
		/* The others go on. */
		program->failed = (i || programs->arrivals) && err && err != -ENOMEM;
		if (program->failed)
			err = 0;
	}
	return err ? err : watch(programs);
}

int programs__wake_fd(const struct programs *programs)
{
	return programs->wake_fd;
}

void programs__wake(struct programs *programs, const struct diag *diag)
{
	if (programs->follow)
		(void)follow__take(programs->follow, on_event, programs);
	for (size_t i = 0; i < programs->set.n; i++)
		if (programs->set.items[i]->phases)
			phases__wake(programs->set.items[i]->phases, diag);
}

size_t programs__n_left(struct programs *programs, pid_t root)
{
	size_t n = 0;

	/* A process may have ended so soon that nobody has been told yet of what it has started. */
	for (int i = 0; i < MOST_TAKES && programs->follow && follow__take(programs->follow, on_event, programs); i++)
		;
	for (size_t i = 0; programs->following && i < programs->set.n; i++) {
		struct program *program = programs->set.items[i];
		bool counts = !program->file && (program->phases || program->opens);

		(void)program__look(program);
		for (size_t k = 0; counts && k < program->n_pids; k++)
			n += program->pids[k] != root;
	}
	return n;
}

const char *programs__cgroup(const struct programs *programs)
{
	return programs->arrivals ? arrivals__path(programs->arrivals) : NULL;
}

int programs__check(const struct programs *programs, const struct diag *diag)
{
	if (program_set__is_certain(&programs->set))
		return 0;
	if (programs->arrivals)
		diag__error(
			diag, "nothing could be profiled in the processes of the cgroup %s (%zu program%s searched)%s",
			arrivals__path(programs->arrivals), programs->n_searched,
			programs->n_searched == 1 ? " was" : "s were",
			programs->first_entered || programs->n_searched ? "; -v says why" : ", since there was none");
	else if (programs->n_searched)
		diag__error(diag,
			    "neither the command nor what it started (%zu other program%s) has a function that -f "
			    "names%s; `lprof-bpf list -x PROGRAM` shows which functions a program has",
			    programs->n_searched, programs->n_searched == 1 ? "" : "s",
			    programs->n_gone ? ", but some had ended before they could be searched" : "");
	else
		write_missing(programs, diag);
	return -ENOENT;
}

bool programs__is_searching(const struct programs *programs)
{
	const struct program *first = program_set__first(&programs->set);

	return first && phases__is_searching(first->phases);
}

struct profile_budget programs__budget(const struct programs *programs)
{
	const struct program *first = program_set__first(&programs->set);

	return first ? phases__budget(first->phases) : (struct profile_budget){0};
}

int programs__list(struct programs *programs, FILE *out)
{
	return phases__list(program_set__first(&programs->set)->phases, out);
}

int programs__dump(struct programs *programs, FILE *out)
{
	const struct program *first = program_set__first(&programs->set);

	return first ? phases__dump(first->phases, out) : 0;
}

/* Which of the processes that the target started are not in the table, or not with all that they did. 0 or -ENOMEM. */
static int note_processes(const struct programs *programs, struct profile *profile)
{
	size_t n_failed = 0;
	int err = 0;

	for (size_t i = 0; i < programs->set.n; i++)
		n_failed += programs->set.items[i]->failed;
	const struct {
		size_t n;
		const char *text;
	} notes[] = {
		{programs->n_refused,
		 "of the processes that the target started are not in the table: there was no room for "
		 "more, or their programs could not be probed (-v says why)"},
		{programs->n_gone,
		 "of the processes that the target started had ended before they could have probes, and "
		 "are not in the table"},
		{programs->n_late,
		 "of the processes that the target started ran for a moment before they had probes: their "
		 "first hits may be missing"},
		{programs->n_entered,
		 "of the processes came into the cgroup while it was profiled: what they did before they had probes is "
		 "missing"},
		{programs->libraries.n,
		 "of the libraries that were opened meanwhile held functions that -f names: calls in the "
		 "first moments after one was opened may be missing"},
		{programs->n_lost,
		 "of the processes executed the program once more in a thread that was not the first: what "
		 "they did from then on is missing"},
		{n_failed,
		 "of the programs that the target started could not be profiled to their end, because the process "
		 "that held their probes was killed: their later hits are missing"},
	};

	for (size_t i = 0; !err && i < sizeof(notes) / sizeof(*notes); i++)
		if (notes[i].n)
			err = profile__add_note(profile, "%zu %s", notes[i].n, notes[i].text);
	return err;
}

int programs__collect(struct programs *programs, struct profile **profile)
{
	int err = joint_profile__collect(programs->set.items, programs->set.n, programs->options->by, profile);

	if (!err)
		err = homes__report(&programs->homes, *profile);
	return err ? err : note_processes(programs, *profile);
}
