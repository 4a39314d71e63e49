// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/grow.h"
#include "target/process_stat.h"
#include "target/process_words.h"

void program__free(struct program *program)
{
	if (!program)
		return;
	phases__free(program->phases);
	free(program->words);
	free(program->pids);
	free(program->all);
	free(program);
}

int program__new(const struct options *options, bool growing, bool optional, const struct diag *diag,
		 struct program **out)
{
	struct program *program = calloc(1, sizeof(*program));
	struct phases_config config = {.growing = growing, .optional = optional};
	int err;

	if (!program)
		return -ENOMEM;
	program->options = *options;
	config.options = &program->options;
	err = phases__new(&config, diag, &program->phases);
	if (err) {
		program__free(program);
		return err;
	}
	*out = program;
	return 0;
}

/* Plans PROGRAM, of which the file and the words are known. */
static int plan_executed(struct program *program, pid_t pid, const struct diag *diag)
{
	const struct phases_config config = {
		.options = &program->options, .executed = pid, .optional = true, .growing = true};

	return phases__new(&config, diag, &program->phases);
}

int program__of_executed(const struct options *options, pid_t pid, const struct diag *diag, struct program **out)
{
	struct program *program = calloc(1, sizeof(*program));
	char path[32];
	int err;

	if (!program)
		return -ENOMEM;
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	program->words = process_words__read(pid, "cmdline");
	program->executed = pid;
	program->options = *options;
	program->options.command = program->words;
	program->options.pids = NULL;
	program->options.n_pids = 0;
	if (!program->words)
		err = -ENOMEM;
	else
		err = program__identify(program, path) ? plan_executed(program, pid, diag) : -ESRCH;
	if (err) {
		program__free(program);
		return err;
	}
	*out = program;
	return 0;
}

bool program__identify(struct program *program, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	program->dev = st.st_dev;
	program->ino = st.st_ino;
	program->size = (unsigned long long)st.st_size;
	return true;
}

static int add_pid(struct program *program, pid_t pid)
{
	int err = grow__resize(&program->pids, program->n_pids + 1, sizeof(pid));

	if (err)
		return err;
	program->pids[program->n_pids++] = pid;
	/* Until the first one is adopted, those from the beginning are all. */
	if (program->begun)
		phases__set_alive(program->phases, program->pids, program->n_pids);
	err = grow__resize(&program->all, program->n_all + 1, sizeof(pid));
	if (!err)
		program->all[program->n_all++] = pid;
	return err;
}

int program__begin(struct program *program, const pid_t *pids, size_t n_pids, uint64_t duration_ns,
		   const struct diag *diag)
{
	int err = 0;

	for (size_t i = 0; !err && i < n_pids; i++)
		err = add_pid(program, pids[i]);
	if (!err)
		err = phases__begin(program->phases, pids, n_pids, duration_ns, diag);
	program->begun = !err;
	return err;
}

int program__begin_executed(struct program *program, uint64_t duration_ns, const struct diag *diag)
{
	return program__begin(program, &program->executed, 1, duration_ns, diag);
}

int program__adopt(struct program *program, pid_t pid)
{
	int err = phases__adopt(program->phases, pid);

	return err || program__has(program, pid) ? err : add_pid(program, pid);
}

bool program__has(const struct program *program, pid_t pid)
{
	for (size_t i = 0; i < program->n_pids; i++)
		if (program->pids[i] == pid)
			return true;
	return false;
}

bool program__look(struct program *program)
{
	size_t n = 0;

	for (size_t i = 0; i < program->n_pids; i++)
		if (!process_stat__has_ended(program->pids[i]))
			program->pids[n++] = program->pids[i];
	if (n != program->n_pids) {
		program->n_pids = n;
		phases__set_alive(program->phases, program->pids, n);
	}
	return n;
}
