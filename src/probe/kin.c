// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The BPF programs count processes by the program that they run: a forked child by its parent's, until it executes
 * another one. Whether a program has profiled code is judged here, once for all of its processes: its file is a
 * probed object, or a target ran it when profiling began, or one of its processes was seen to map a probed object.
 */
#include "probe/kin.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "lprof.h"
#include "lprof.skel.h"
#include "target/descent.h"

#define MOST_LISTED 8 /* process IDs in a note */
#define ANY	    SIZE_MAX

/* A program that is known to have profiled code. */
struct user {
	struct lprof_program program;
	const struct probed_object *object; /* what it has of that: one of the objects */
};

struct kin {
	struct kin_request request;
	struct user *users;
	size_t n_users;
	pid_t *earlier; /* processes with profiled code that the targets had started before */
	size_t n_earlier;
	const struct probed_object *object; /* one that these map */
};

struct kin *kin__new(const struct kin_request *request)
{
	struct kin *kin = calloc(1, sizeof(*kin));

	if (kin)
		kin->request = *request;
	return kin;
}

void kin__free(struct kin *kin)
{
	if (!kin)
		return;
	free(kin->users);
	free(kin->earlier);
	free(kin);
}

static const struct user *find_user(const struct kin *kin, const struct lprof_program *program)
{
	for (size_t i = 0; i < kin->n_users; i++)
		if (!memcmp(&kin->users[i].program, program, sizeof(*program)))
			return &kin->users[i];
	return NULL;
}

static int add_user(struct kin *kin, const struct lprof_program *program, const struct probed_object *object)
{
	if (find_user(kin, program))
		return 0;
	if (grow__counted(&kin->users, kin->n_users, 1, sizeof(*kin->users)))
		return -ENOMEM;
	kin->users[kin->n_users++] = (struct user){*program, object};
	return 0;
}

/* Remembers PID, and has the BPF programs know it, so that they see what it starts. */
static int add_earlier(struct kin *kin, pid_t pid)
{
	const struct lprof_program first = {0};

	if (grow__counted(&kin->earlier, kin->n_earlier, 1, sizeof(pid)))
		return -ENOMEM;
	kin->earlier[kin->n_earlier++] = pid;
	(void)bpf_map_update_elem(bpf_map__fd(kin->request.skel->maps.kin), &pid, &first, BPF_NOEXIST);
	return 0;
}

static int consider(pid_t pid, bool target, void *ctx)
{
	const struct lprof_program first = {0};
	struct kin *kin = ctx;

	if (!probed__is_mapped(kin->request.probed, pid, &kin->object))
		return 0;
	return target ? add_user(kin, &first, kin->object) : add_earlier(kin, pid);
}

int kin__begin(struct kin *kin)
{
	return descent__each(kin->request.pids, kin->request.n_pids, consider, kin);
}

void kin__adopt(struct kin *kin, pid_t pid)
{
	size_t n = 0;

	for (size_t i = 0; i < kin->n_earlier; i++)
		if (kin->earlier[i] != pid)
			kin->earlier[n++] = kin->earlier[i];
	kin->n_earlier = n;
}

/* The object that PROGRAM is, or NULL. */
static const struct probed_object *object_of(const struct kin *kin, const struct lprof_program *program)
{
	for (size_t i = 0; i < kin->request.probed->n; i++)
		if (kin->request.probed->objects[i].ino == program->ino &&
		    kin->request.probed->objects[i].size == program->size)
			return &kin->request.probed->objects[i];
	return NULL;
}

/* Whether a target runs PROGRAM now, or did so to its end. */
static bool is_targets(const struct kin *kin, const struct lprof_program *program)
{
	int fd = bpf_map__fd(kin->request.skel->maps.kin);

	for (size_t i = 0; i < kin->request.n_pids; i++) {
		struct lprof_program found;

		if (!bpf_map_lookup_elem(fd, &kin->request.pids[i], &found) && !memcmp(&found, program, sizeof(found)))
			return true;
	}
	return false;
}

/* The object of which PROGRAM has code, or NULL. LAST is a process that ran it. */
static const struct probed_object *profiled_code(const struct kin *kin, const struct lprof_program *program, pid_t last)
{
	const struct probed_object *object = object_of(kin, program);

	if (object || probed__is_mapped(kin->request.probed, last, &object))
		return object;
	if (!kin->request.own || !kin->request.probed->n || !is_targets(kin, program))
		return NULL;
	return &kin->request.probed->objects[0];
}

/* Processes that the targets have started. */
struct kin_count {
	uint64_t users;	 /* that have profiled code */
	uint64_t others; /* that were not seen to have any; those that lived shortly may have had some */
};

/* Looks at all programs and counts their processes; of users only those of the object with this INDEX, unless ANY. */
static int look(struct kin *kin, size_t index, struct kin_count *n)
{
	int fd = bpf_map__fd(kin->request.skel->maps.kin_programs), err = 0;
	struct lprof_program program, *at = NULL;
	struct lprof_program_users users;
	const struct probed_object *code;
	const struct user *user;

	*n = (struct kin_count){0};
	while (!err && !bpf_map_get_next_key(fd, at, &program)) {
		at = &program;
		if (bpf_map_lookup_elem(fd, &program, &users))
			continue;
		user = find_user(kin, &program);
		if (!user && (code = profiled_code(kin, &program, (pid_t)users.last)) != NULL) {
			err = add_user(kin, &program, code);
			user = find_user(kin, &program);
		}
		if (!user)
			n->others += users.n;
		else if (index == ANY || user->object == &kin->request.probed->objects[index])
			n->users += users.n;
	}
	return err;
}

void kin__look(struct kin *kin)
{
	struct kin_count n;

	(void)look(kin, ANY, &n); /* what there was no memory for is looked at again */
}

/* The process IDs as -p takes them; as many as a note can show. */
static void list_earlier(const struct kin *kin, char *text, size_t size)
{
	size_t used = 0, n = kin->n_earlier < MOST_LISTED ? kin->n_earlier : MOST_LISTED;

	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%d", i ? "," : "", (int)kin->earlier[i]);
	if (n < kin->n_earlier && used < size)
		snprintf(text + used, size - used, ",...");
}

static int note_earlier(const struct kin *kin, struct profile *profile)
{
	char list[MOST_LISTED * 12 + 8];
	bool one = kin->n_earlier == 1;

	if (!kin->n_earlier)
		return 0;
	list_earlier(kin, list, sizeof(list));
	return profile__add_note(profile,
				 "%zu process%s that the target had started before run%s code of %s too and %s not "
				 "profiled: what %s is not in the table; add %s to -p (%s), or profile every process "
				 "that runs it with -x %s",
				 kin->n_earlier, one ? "" : "es", one ? "s" : "", kin->object->name, one ? "is" : "are",
				 one ? "it does" : "they do", one ? "it" : "them", list, kin->object->name);
}

static int note_users(uint64_t n, const char *name, struct profile *profile)
{
	return profile__add_note(profile,
				 "%llu process%s that the target started ran code of %s too and %s not profiled: what "
				 "%s did is not in the table; `lprof-bpf -x %s` profiles every process that runs it, "
				 "if it is started before them",
				 (unsigned long long)n, n == 1 ? "" : "es", name, n == 1 ? "was" : "were",
				 n == 1 ? "it" : "they", name);
}

static int note_others(uint64_t n, const char *name, struct profile *profile)
{
	return profile__add_note(profile,
				 "the target itself executed nothing of what was selected in %s; it started %llu "
				 "process%s, of which nothing is in the table: `lprof-bpf -x %s` profiles every "
				 "process that runs it, if it is started before them",
				 name, (unsigned long long)n, n == 1 ? "" : "es", name);
}

int kin__note(struct kin *kin, struct profile *profile)
{
	const struct probed *probed = kin->request.probed;
	struct kin_count n = {0};
	bool any = false;
	int err = note_earlier(kin, profile);

	for (size_t i = 0; i < probed->n && !err; i++) {
		err = look(kin, i, &n);
		any = any || n.users;
		if (!err && n.users)
			err = note_users(n.users, probed->objects[i].name, profile);
	}
	if (!err && !any && n.others && !kin->n_earlier && !profile->probe.hits)
		err = note_others(n.others, probed->objects[0].name, profile);
	return err;
}
