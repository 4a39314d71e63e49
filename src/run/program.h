/* SPDX-License-Identifier: GPL-2.0-or-later */
/* program: a program of a run, and the processes that run it: it has probes, or samples, of its own. */
#ifndef LPROF_RUN_PROGRAM_H
#define LPROF_RUN_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "options/options.h"
#include "run/phases.h"
#include "target/target.h"

struct program {
	unsigned long long dev, ino, size; /* of its file; zeros: not known */
	struct options options;		   /* those of the run, with the command that was executed */
	char **words;			   /* that command, owned; NULL: it is the run's own */
	/* Of a library that was opened later, owned: its file, and what is looked for in it. */
	char *file;
	struct selector **functions;
	struct phases *phases; /* NULL: it has nothing that is wanted, but may open libraries that have */
	/*
	 * The objects that its processes map, as far as is known; those from the beginning come first. Of a library it
	 * is the library itself. Empty: nobody looks for libraries that are opened.
	 */
	struct target_objects known;
	size_t n_planned; /* the number of those from the beginning */
	bool beside;	  /* a library that a program with probes has opened: that one has its processes' samples */
	pid_t first;	  /* the process that it was planned for, if it was executed or opened by one */
	pid_t *pids;	  /* those that have not ended, as far as is known */
	size_t n_pids;
	pid_t *all; /* these and those that have */
	size_t n_all;
	bool begun;
	bool failed; /* it could not go on, so that what follows is not counted */
	bool opens;  /* it has opened a library that has what is wanted */
};

struct program_config {
	const struct options *options; /* borrowed until program__free() */
	bool growing;		       /* processes may be added */
	bool optional;		       /* as for phases__new() */
	bool libraries;		       /* sets what is known, for libraries that are opened later */
	const char *bare; /* the program's path: if it can open libraries, no phases are needed; NULL: they are */
};

/* Plans what CONFIG says. Returns 0 and a program owned by the caller, or -errno that was reported to DIAG. */
int program__new(const struct program_config *config, const struct diag *diag, struct program **out);

/*
 * Plans the program that process PID, which is held, has just executed. LIBRARIES: as in program_config; then a
 * program that can open libraries needs no phases. Returns 0; -ENOENT when it has nothing of what the options want,
 * which is not reported; or another -errno that was reported to DIAG.
 */
int program__of_executed(const struct options *options, pid_t pid, bool libraries, const struct diag *diag,
			 struct program **out);

/* The same for what process PID runs already. OPTIONAL as for phases__new(): otherwise what is missing is reported. */
int program__of_running(const struct options *options, pid_t pid, bool optional, bool libraries,
			const struct diag *diag, struct program **out);

/*
 * Plans OBJECT, which process PID has opened while it runs. As program__of_executed(). Patterns are not looked for in
 * what is opened later.
 */
int program__of_opened(const struct options *options, pid_t pid, const struct target_object *object,
		       const struct diag *diag, struct program **out);

void program__free(struct program *program); /* ends as well; NULL is allowed */

/* Sets which file the program is. Whether PATH can be looked at. */
bool program__identify(struct program *program, const char *path);

/* Begins to count in the processes PIDS, borrowed until program__free(); none: in all. As phases__begin(). */
int program__begin(struct program *program, const pid_t *pids, size_t n_pids, uint64_t duration_ns,
		   const struct diag *diag);

/* The same for the process that it was planned for. */
int program__begin_planned(struct program *program, uint64_t duration_ns, const struct diag *diag);

/* Counts in process PID, which is held, as well, unless it does. 0 or -errno, of which nothing is said. */
int program__adopt(struct program *program, pid_t pid);

/* Whether PID has been adopted, or was there from the beginning. */
bool program__has(const struct program *program, pid_t pid);

/* Forgets the processes that have ended. Whether one is left. */
bool program__look(struct program *program);

#endif
