/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * follow: the processes that a command starts, and these in turn. Whoever begins to run code that may want probes is
 * held before it does: a child of a process that has probes right after it was forked, and a process that has executed
 * another program before that program's first instruction. It goes on by follow__let_go(), and by itself some seconds
 * later or when this process is gone.
 *
 * It is held by SIGSTOP, which the process that started it can notice as it notices any other: waitpid(2) tells, but
 * only those who ask for that. A shell with job control would do more about it. So its jobs are held by ptrace(2), as
 * soon as this process learns of them, which is a little later; likewise children on kernels that cannot stop them at
 * once.
 */
#ifndef LPROF_FOLLOW_H
#define LPROF_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct follow;
struct lprof_bpf;

/* Has SKEL, which is to be loaded for something else, be loaded without what is for this only. */
void follow__leave_out(struct lprof_bpf *skel);

struct follow_program {
	unsigned long long ino;
	unsigned long long size; /* of the file */
};

struct follow_config {
	const pid_t *roots; /* follow these processes and what they start */
	size_t n_roots;
	bool hold; /* hold them; otherwise they are told of, and run */
	/*
	 * The roots will execute this program, and have probes for it already: they are not held then. Zeros: they run
	 * already, and have probes if PROBED.
	 */
	struct follow_program expected;
	bool probed;
	bool by_cgroup; /* follow_event.entered tells of those who come into the cgroups of follow__set_cgroups() */
};

/* 0 and a struct owned by the caller, or -errno. */
int follow__open(const struct follow_config *config, struct follow **out);

/* Nobody is held from now on, and those who are go on. NULL is allowed. */
void follow__close(struct follow *follow);

/* Readable when follow__take() is to be called at once. */
int follow__fd(const struct follow *follow);

struct follow_event {
	pid_t pid;	   /* of the process that is held, or only told of */
	pid_t parent;	   /* who started it */
	bool forked;	   /* it has just been forked; otherwise, unless ENTERED, it has executed a program */
	bool entered;	   /* it has come into one of the cgroups; it runs, and may have executed something there */
	bool other_thread; /* ... and not its first thread has: the probes that it had are not its any more */
	bool late;	   /* it was not held at once, and may have executed something already */
	uint32_t stopped;  /* private: as in struct lprof_follow_event */
	bool traced;	   /* private: how it is held */
};

/*
 * Calls FN for each process that is held since the last time, but not for long: the rest is for the next time. Returns
 * whether there is such a rest.
 */
bool follow__take(struct follow *follow, void (*fn)(void *ctx, const struct follow_event *event), void *ctx);

/*
 * PID, which is held, has probes, so that its children are held from now on when they are forked; or has none. 0 or
 * -errno: it has ended, for example.
 */
int follow__set_probed(struct follow *follow, pid_t pid, bool probed);

/*
 * Follow all processes that come into the cgroups with the N numbers IDS from now on, into those that are made in them,
 * and into the one that is made with NAME in the cgroup with the number PARENT (0: none). Numbers that have been given
 * before stay. Those who are there already are to be added by follow__add().
 */
void follow__set_cgroups(struct follow *follow, const uint64_t *ids, size_t n, uint64_t parent, const char *name);

/* Follow process PID too, and what it forks before follow__set_probed(). Whether it was not followed yet. */
bool follow__add(struct follow *follow, pid_t pid);

/* Do not follow process PID any more. */
void follow__leave(struct follow *follow, pid_t pid);

/* There is nothing to probe in this program: processes that execute it are not held any more. */
void follow__pass_over(struct follow *follow, const struct follow_program *program);
bool follow__passes_over(const struct follow *follow, const struct follow_program *program);

/*
 * The process of EVENT need not be held any more. If its parent has noticed the stop and has stopped as well, as su(1)
 * does, follow__look() continues that one. Returns whether it was held until now.
 */
bool follow__let_go(struct follow *follow, const struct follow_event *event);

/* To be called a few times a second. */
void follow__look(struct follow *follow);

#endif
