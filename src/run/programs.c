// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/programs.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/privilege.h"
#include "elf/imports.h"
#include "probe/follow.h"
#include "probe/priority.h"
#include "run/joint_profile.h"
#include "run/members.h"
#include "run/opened.h"
#include "run/program.h"
#include "target/target_loader.h"

/* Each program has probes, a process that holds them, and BPF programs that run at each context switch. */
#define MOST_PROGRAMS 16

#define MOST_TAKES 20 /* events of processes are taken so many times without a break, at the end */

#define MOST_LOOKED_AT 64 /* processes that are looked at for libraries that they have opened */

struct programs {
	const struct options *options;
	struct program **items;
	size_t n;
	struct members members;
	struct opened opened; /* libraries that are known */
	const pid_t *roots;   /* the processes at the beginning, borrowed */
	size_t n_roots;
	bool following; /* what the command starts is profiled too */
	struct follow *follow;
	int wake_fd;
	uint64_t ends_ns; /* by the monotonic clock; 0: it has no end of its own */
	char *missing;	  /* why the command itself has nothing of what -f names; NULL: it has */
	size_t missing_size;
	/* For what is said of programs that the command starts: nothing, unless details are wanted. */
	struct diag quiet;
	FILE *nowhere;	   /* its stream */
	size_t n_searched; /* programs in which -f names nothing */
	size_t n_refused;  /* processes of programs for which there was no room */
	size_t n_lost;	   /* processes to which probes do not lead any more */
	size_t n_gone;	   /* processes that had ended before they could have probes */
	size_t n_opened;   /* libraries that were opened later, and had functions that -f names */
	size_t n_late;	   /* processes that had begun to run before they had probes */
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
	for (size_t i = 0; i < programs->n; i++)
		program__free(programs->items[i]);
	if (programs->wake_fd >= 0)
		close(programs->wake_fd);
	if (programs->nowhere)
		fclose(programs->nowhere);
	free(programs->items);
	members__release(&programs->members);
	opened__release(&programs->opened);
	free(programs->missing);
	free(programs);
}

static int add_program(struct programs *programs, struct program *program)
{
	int err = grow__counted(&programs->items, programs->n, 1, sizeof(struct program *));

	if (err)
		program__free(program);
	else
		programs->items[programs->n++] = program;
	return err;
}

/* Whether libraries that are opened later are searched: those that the user did not name, for what is named. */
static bool wants_libraries(const struct options *options)
{
	return options->n_functions && !options->file && !options->no_probes && !options->hottest;
}

/* Where objects are noted that are no libraries opened later; NULL: nobody looks for such libraries. */
static struct target_objects *known_objects(struct programs *programs)
{
	return programs->following && wants_libraries(programs->options) ? &programs->opened.known : NULL;
}

/* Plans the first program. */
static int plan(struct programs *programs, bool optional, const struct diag *diag)
{
	struct program *program;
	int err =
		program__new(programs->options, programs->following, optional, known_objects(programs), diag, &program);

	return err ? err : add_program(programs, program);
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
	err = plan(programs, false, &kept);
	fclose(kept.stream);
	some = err == -ENOENT && !plan(programs, true, &programs->quiet);
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
	programs->following = (options->command || options->n_pids) && !options->no_follow && !options->dry_run;
	if (!err && options->command)
		err = target_loader__program(options->command, diag, path);
	if (options->n_pids)
		snprintf(path, sizeof(path), "/proc/%d/exe", (int)options->pids[0]);
	if (!err && programs->following && options->n_functions && !options->file &&
	    (imports__any(path, starters) || imports__are_hidden(path)))
		err = plan_starter(programs, path, options->command, diag);
	else if (!err)
		err = plan(programs, false, diag);
	if (!err && programs->following && programs->n)
		(void)program__identify(programs->items[0], path);
	if (err) {
		programs__free(programs);
		return err;
	}
	*out = programs;
	return 0;
}

int programs__equip(struct programs *programs, struct target_equipment *equipment, const struct diag *diag)
{
	return programs->n ? phases__equip(programs->items[0]->phases, equipment, diag) : 0;
}

/* How long counting may last that begins now; 0: as long as it likes. */
static uint64_t remaining_ns(const struct programs *programs)
{
	uint64_t now_ns = clock__monotonic_ns();

	if (!programs->ends_ns)
		return 0;
	return programs->ends_ns > now_ns ? programs->ends_ns - now_ns : 1;
}

/*
 * Children of a command are held until they have probes, if it is sure that they can be continued. Those of a process
 * that runs already are not.
 */
static int begin_following(struct programs *programs, const pid_t *pids, size_t n_pids)
{
	const struct program *first = programs->n ? programs->items[0] : NULL;
	struct follow_config config = {
		.roots = pids, .n_roots = n_pids, .hold = programs->options->command && privilege__can_signal()};
	int err;

	config.probed = first;
	if (first && programs->options->command)
		config.expected = (struct follow_program){.ino = first->ino, .size = first->size};
	err = follow__open(&config, &programs->follow);
	programs->following = !err;
	return err;
}

static void say_not_following(int err, const struct diag *diag)
{
	diag__note(
		diag,
		"the processes that the target starts cannot be followed (%s), so only the target itself is profiled",
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
	for (size_t i = 0; !err && i < programs->n; i++)
		if (programs->items[i]->begun)
			err = watch_fd(programs, phases__wake_fd(programs->items[i]->phases));
	return err;
}

int programs__begin(struct programs *programs, const pid_t *pids, size_t n_pids, uint64_t duration_ns,
		    const struct diag *diag)
{
	uint64_t now_ns = clock__monotonic_ns();
	int err = 0, lonely = 0;

	if (duration_ns && duration_ns < UINT64_MAX - now_ns)
		programs->ends_ns = now_ns + duration_ns;
	programs->roots = pids;
	programs->n_roots = n_pids;
	/*
	 * What processes that run start from now on is told of, and waits for programs__wake(). A command does not run
	 * yet, and its own probes are what must succeed.
	 */
	if (programs->following && !programs->options->command)
		lonely = begin_following(programs, pids, n_pids);
	if (programs->n)
		err = program__begin(programs->items[0], pids, n_pids, duration_ns, diag);
	if (!err && programs->following && programs->options->command)
		lonely = begin_following(programs, pids, n_pids);
	if (!err && lonely && (lonely == -ENOMEM || !programs->n))
		err = lonely;
	for (size_t i = 0; !err && programs->n && i < n_pids; i++)
		err = members__add(&programs->members, pids[i], programs->items[0]);
	/* Otherwise there is something worse to say, for the same reason probably. */
	if (lonely && lonely != -ENOMEM && (!err || !programs->n))
		say_not_following(lonely, diag);
	return err ? err : watch(programs);
}

int programs__end(struct programs *programs, const struct diag *diag)
{
	int err = 0, first = 0;

	follow__close(programs->follow);
	programs->follow = NULL;
	for (size_t i = 0; i < programs->n; i++) {
		if (programs->items[i]->begun)
			err = phases__end(programs->items[i]->phases, diag);
		first = first ? first : err;
	}
	return first;
}

/* Adds PROGRAM, which it takes over, and begins to count it. */
static int begin_planned(struct programs *programs, struct program *program, struct program **out)
{
	int err = add_program(programs, program);

	if (err)
		return err;
	err = program__begin_planned(program, remaining_ns(programs), &programs->quiet);
	if (err) {
		program__free(program);
		programs->n--;
		return err;
	}
	*out = program;
	return watch(programs);
}

/* Process PID, which has executed a program, may open libraries that others have opened. */
static void adopt_into_libraries(struct programs *programs, pid_t pid)
{
	for (size_t i = 0; i < programs->n; i++)
		if (programs->items[i]->file && !program__adopt(programs->items[i], pid))
			(void)members__add(&programs->members, pid, programs->items[i]);
}

/* Adds OBJECT, which process PID has opened, if it has functions that -f names. 0 or -errno. */
static int add_opened(struct programs *programs, pid_t pid, const struct target_object *object, struct program **out)
{
	struct program *program;
	int err;

	priority__lower();
	err = program__of_opened(programs->options, pid, object, &programs->quiet, &program);
	priority__raise();
	return err ? err : begin_planned(programs, program, out);
}

static void on_opened(void *ctx, pid_t pid, const struct target_object *object)
{
	struct programs *programs = ctx;
	struct program *library;

	if (programs->n == MOST_PROGRAMS || add_opened(programs, pid, object, &library))
		return;
	(void)members__add(&programs->members, pid, library);
	(void)follow__set_probed(programs->follow, pid, true);
	programs->n_opened++;
	/* Others may open it too. */
	for (size_t i = 0; i < programs->n; i++)
		for (size_t k = 0; !programs->items[i]->file && k < programs->items[i]->n_pids; k++)
			if (programs->items[i]->pids[k] != pid && !program__adopt(library, programs->items[i]->pids[k]))
				(void)members__add(&programs->members, programs->items[i]->pids[k], library);
}

static void look_for_libraries(struct programs *programs)
{
	const struct diag silent = {.stream = programs->nowhere, .verbosity = -1};
	pid_t pids[MOST_LOOKED_AT];
	size_t n = 0;

	if (!wants_libraries(programs->options))
		return;
	for (size_t i = 0; i < programs->n; i++)
		for (size_t k = 0; !programs->items[i]->file && k < programs->items[i]->n_pids && n < MOST_LOOKED_AT;
		     k++)
			pids[n++] = programs->items[i]->pids[k];
	opened__look(&programs->opened, n ? pids : programs->roots, n ? n : programs->n_roots, &silent, on_opened,
		     programs);
}

/* The program that a process runs that is LIKE it, or that of all; libraries apart. */
static struct program *find_program(const struct programs *programs, const struct program *like)
{
	for (size_t i = 0; i < programs->n; i++)
		if (programs->options->file ||
		    (!programs->items[i]->file && programs->items[i]->ino == like->ino &&
		     programs->items[i]->dev == like->dev && programs->items[i]->size == like->size))
			return programs->items[i];
	return NULL;
}

/* Plans and probes a program that no process has run yet. */
static int add_executed(struct programs *programs, pid_t pid, struct program **out)
{
	struct program *program;
	int err;

	if (programs->n == MOST_PROGRAMS)
		return -ENOSPC;
	/* Planning takes a while, at the priority of any other program. */
	priority__lower();
	err = program__of_executed(programs->options, pid, known_objects(programs), &programs->quiet, &program);
	priority__raise();
	return err ? err : begin_planned(programs, program, out);
}

/* Process PID, which is held, has executed a program. */
static int execute(struct programs *programs, pid_t pid, bool other_thread)
{
	struct program like = {0}, *known;
	char path[32];
	int err = 0;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	members__drop(&programs->members, pid);
	if (!program__identify(&like, path))
		return -ESRCH;
	known = find_program(programs, &like);
	if (!known) {
		const struct follow_program program = {.ino = like.ino, .size = like.size};

		err = add_executed(programs, pid, &known);
		programs->n_searched += err == -ENOENT;
		if (err == -ENOENT || err == -ENOSPC || err == -ENOTSUP)
			follow__pass_over(programs->follow, &program);
	} else if (program__has(known, pid)) {
		/*
		 * The kernel knows the probes' process by its first thread, which is another one now. With more probes
		 * for that one, some kernels would count each hit twice.
		 */
		programs->n_lost += other_thread;
	} else {
		err = program__adopt(known, pid);
	}
	if (!err)
		err = members__add(&programs->members, pid, known);
	if (!err)
		adopt_into_libraries(programs, pid);
	return err;
}

/* Process PID, which is held, has been forked by PARENT: it belongs to the same programs. */
static int adopt_child(struct programs *programs, pid_t pid, pid_t parent)
{
	struct program *found[MOST_PROGRAMS];
	size_t n = members__of(&programs->members, parent, found, MOST_PROGRAMS);
	int err = n ? 0 : -ESRCH;

	for (size_t i = 0; !err && i < n; i++) {
		err = program__adopt(found[i], pid);
		if (!err)
			err = members__add(&programs->members, pid, found[i]);
	}
	return err;
}

static void on_event(void *ctx, const struct follow_event *event)
{
	struct programs *programs = ctx;
	int err = event->forked ? adopt_child(programs, event->pid, event->parent)
				: execute(programs, event->pid, event->other_thread);
	bool held;

	/* If it has ended meanwhile, there is nobody left to know that. */
	(void)follow__set_probed(programs->follow, event->pid, !err);
	held = follow__let_go(programs->follow, event);
	programs->n_late += !err && !held;
	programs->n_gone += err == -ESRCH && !event->forked;
	programs->n_refused += err && err != -ENOENT && err != -ESRCH;
	if (err && err != -ENOENT)
		diag__debug(&programs->quiet, "process %d is not profiled: %s", (int)event->pid, strerror(-err));
}

int programs__tick(struct programs *programs, const struct diag *diag)
{
	int err = 0;

	if (programs->follow) {
		follow__look(programs->follow);
		(void)follow__take(programs->follow, on_event, programs);
		members__forget_ended(&programs->members);
		look_for_libraries(programs);
	}
	for (size_t i = 0; !err && i < programs->n; i++) {
		struct program *program = programs->items[i];

		/* Of a program that nobody runs any more, nothing is to be begun. */
		if (program->failed || (programs->following && !program__look(program)))
			continue;
		err = phases__tick(program->phases, i ? &programs->quiet : diag);
		/* The others go on. */
		program->failed = i && err && err != -ENOMEM;
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
	for (size_t i = 0; i < programs->n; i++)
		phases__wake(programs->items[i]->phases, diag);
}

size_t programs__n_left(struct programs *programs, pid_t root)
{
	size_t n = 0;

	/* A process may have ended so soon that nobody has been told yet of what it has started. */
	for (int i = 0; i < MOST_TAKES && programs->follow && follow__take(programs->follow, on_event, programs); i++)
		;
	for (size_t i = 0; programs->following && i < programs->n; i++) {
		struct program *program = programs->items[i];

		(void)program__look(program);
		for (size_t k = 0; !program->file && k < program->n_pids; k++)
			n += program->pids[k] != root;
	}
	return n;
}

int programs__check(const struct programs *programs, const struct diag *diag)
{
	if (programs->n)
		return 0;
	if (programs->n_searched)
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
	return programs->n && phases__is_searching(programs->items[0]->phases);
}

struct profile_budget programs__budget(const struct programs *programs)
{
	return programs->n ? phases__budget(programs->items[0]->phases) : (struct profile_budget){0};
}

int programs__list(struct programs *programs, FILE *out)
{
	return phases__list(programs->items[0]->phases, out);
}

int programs__dump(struct programs *programs, FILE *out)
{
	return programs->n ? phases__dump(programs->items[0]->phases, out) : 0;
}

/* Which of the processes that the target started are not in the table, or not with all that they did. 0 or -ENOMEM. */
static int note_processes(const struct programs *programs, struct profile *profile)
{
	size_t n_failed = 0;
	int err = 0;

	for (size_t i = 0; i < programs->n; i++)
		n_failed += programs->items[i]->failed;
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
		{programs->n_opened,
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
	int err =
		programs->n ? joint_profile__collect(programs->items, programs->n, programs->options->by, profile) : 0;

	return err ? err : note_processes(programs, *profile);
}
