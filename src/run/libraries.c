// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/libraries.h"

#include "base/clock.h"
#include "probe/priority.h"
#include "run/same_files.h"
#include "target/target.h"

/* Looking at what processes map may take this part of the time. */
#define LOOK_COST 200

#define MOST_LOOKED_AT 64 /* processes that are looked at */

bool libraries__are_wanted(const struct options *options)
{
	return options->n_functions && !options->file && !options->no_probes && !options->hottest;
}

/* Whether PROGRAM has LIBRARY from the beginning, and so has probes in it if there is something to probe. */
static bool has_from_beginning(const struct libraries *libraries, const struct program *program,
			       const struct program *library)
{
	return same_files__has(libraries->diag, &program->known, program->n_planned, &library->known.items[0]);
}

static void join_all(const struct libraries *libraries, const struct program *program, struct program *library)
{
	for (size_t i = 0; i < program->n_pids; i++)
		(void)program_set__join(libraries->set, library, program->pids[i]);
}

void libraries__join(const struct libraries *libraries, const struct program *program, pid_t pid)
{
	for (size_t i = 0; i < libraries->set->n; i++) {
		struct program *library = libraries->set->items[i];

		if (library->file && !has_from_beginning(libraries, program, library))
			(void)program_set__join(libraries->set, library, pid);
	}
}

/* The library that OBJECT is, if it has been opened before; NULL: it has not. */
static struct program *find(const struct libraries *libraries, const struct target_object *object)
{
	for (size_t i = 0; i < libraries->set->n; i++) {
		struct program *program = libraries->set->items[i];

		if (program->file && same_files__has(libraries->diag, &program->known, program->known.n, object))
			return program;
	}
	return NULL;
}

/* Plans and probes OBJECT, which process PID has opened. NULL: that cannot be done, or there is nothing to probe. */
static struct program *add(const struct libraries *libraries, pid_t pid, const struct target_object *object)
{
	struct program *library;
	int err;

	if (!program_set__has_room(libraries->set, false))
		return NULL;
	priority__lower();
	err = program__of_opened(libraries->options, pid, object, libraries->diag, &library);
	priority__raise();
	return err || program_set__begin(libraries->set, library, libraries->diag) ? NULL : library;
}

/* Process PID of PROGRAM maps the object of number INDEX, which is new to this program. */
static void on_mapped(struct libraries *libraries, struct program *program, size_t index, pid_t pid)
{
	const struct target_object *object = &program->known.items[index];
	struct program *library;

	/* It may be known by another mount. */
	if (same_files__has(libraries->diag, &program->known, index, object))
		return;
	library = find(libraries, object);
	if (!library) {
		library = add(libraries, pid, object);
		if (!library)
			return;
		library->beside = program->phases;
		libraries->n++;
		/* Others may open it too. */
		for (size_t i = 0; i < libraries->set->n; i++) {
			const struct program *other = libraries->set->items[i];

			if (!other->file && other != program && !has_from_beginning(libraries, other, library))
				join_all(libraries, other, library);
		}
	}
	program->opens = true;
	join_all(libraries, program, library);
	libraries->on_probed(libraries->ctx, pid);
}

/* Looks at what process PID of PROGRAM maps. Returns how long that took. */
static uint64_t look_at(struct libraries *libraries, struct program *program, pid_t pid)
{
	const struct diag silent = {.stream = libraries->diag->stream, .verbosity = -1};
	uint64_t begin_ns = clock__monotonic_ns(), look_ns;
	size_t index = program->known.n;

	/* Who cannot be looked at has no libraries. */
	(void)target__objects_of_pid(pid, &silent, &program->known);
	look_ns = clock__monotonic_ns() - begin_ns;
	for (; index < program->known.n; index++)
		on_mapped(libraries, program, index, pid);
	return look_ns;
}

void libraries__look(struct libraries *libraries)
{
	uint64_t look_ns = 0;
	size_t n = 0;

	if (!libraries->wanted || clock__monotonic_ns() < libraries->due_ns)
		return;
	for (size_t i = 0; i < libraries->set->n; i++) {
		struct program *program = libraries->set->items[i];

		for (size_t k = 0; !program->file && k < program->n_pids && n < MOST_LOOKED_AT; k++, n++)
			look_ns += look_at(libraries, program, program->pids[k]);
	}
	libraries->due_ns = clock__monotonic_ns() + LOOK_COST * look_ns;
}
