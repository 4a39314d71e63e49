/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shim_program: what is counted in a program, in memory of its own, and the functions "outer" and "inner" in there. */
#ifndef LPROF_TESTS_SHIM_PROGRAM_H
#define LPROF_TESTS_SHIM_PROGRAM_H

#include <sys/mman.h>
#include <unistd.h>

#include "shim/shim_counts.h"
#include "unit/test.h"

#define COST 2000 /* of each event: two ticks */

struct shim_program {
	int fd;
	struct shim_counts counts;
	struct shim_thread *thread;
	uint32_t outer, inner; /* IDs */
};

static const uint32_t shim_lines[] = {0, 11, 12, 13};

static inline struct shim_identity shim_program__identity(const char *name)
{
	return (struct shim_identity){
		.name = name,
		.qualname = name,
		.file = "/x/program.py",
		.first_line = 10,
		.code_size = 100,
		.lines = shim_lines,
		.n_lines = 4,
	};
}

static inline uint32_t shim_program__function(struct shim_program *program, const char *name)
{
	const struct shim_identity identity = shim_program__identity(name);

	return shim_counts__function(&program->counts, &identity, NULL);
}

static inline void shim_program__begin(struct shim_program *program)
{
	struct lprof_shim_run run = {.magic = LPROF_SHIM_MAGIC};

	program->fd = memfd_create("test", MFD_CLOEXEC);
	assert_true(program->fd >= 0);
	assert_int_equal(ftruncate(program->fd, (off_t)LPROF_SHIM_SIZE), 0);
	assert_int_equal(pwrite(program->fd, &run, sizeof(run), 0), sizeof(run));
	program->counts = (struct shim_counts){0};
	assert_int_equal(shim_memory__open(program->fd, &program->counts.memory), 0);
	program->thread = shim_counts__begin_thread(&program->counts);
	assert_non_null(program->thread);
	program->outer = shim_program__function(program, "outer");
	program->inner = shim_program__function(program, "inner");
	assert_true(program->outer && program->inner);
}

static inline void shim_program__end(struct shim_program *program)
{
	shim_counts__release(&program->counts);
	if (program->counts.memory.table)
		munmap(program->counts.memory.table, LPROF_SHIM_TABLE_SIZE);
	munmap(program->counts.memory.run, LPROF_SHIM_RUN_SIZE);
	close(program->fd);
}

static inline void shim_program__enter(struct shim_program *program, uint32_t id, uint64_t now)
{
	shim_counts__enter(&program->counts, program->thread, id, now, COST);
}

static inline void shim_program__line(struct shim_program *program, uint32_t id, uint32_t line, uint64_t now)
{
	shim_counts__line(&program->counts, program->thread, id, line, now, COST);
}

static inline void shim_program__leave(struct shim_program *program, uint32_t id, uint64_t now)
{
	shim_counts__leave(&program->counts, program->thread, id, now, COST);
}

#endif
