// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/grow.h"
#include "elf/imports.h"
#include "files/target_files.h"
#include "target/process_stat.h"
#include "target/process_words.h"

void program__free(struct program *program)
{
	if (!program)
		return;
	phases__free(program->phases);
	free(program->words);
	free(program->file);
	free(program->functions);
	target_objects__free(&program->known);
	free(program->pids);
	free(program->all);
	free(program);
}

static struct program *new_program(const struct options *options)
{
	struct program *program = calloc(1, sizeof(*program));

	if (program)
		program->options = *options;
	return program;
}

/* Whether the program that PATH leads to can open libraries. */
static bool can_open(const char *path)
{
	static const char *const openers[] = {"dlopen", "dlmopen", NULL};

	return imports__any(path, openers);
}

/* Plans PROGRAM. LIBRARIES and BARE: as in program_config. 0 or -errno. */
static int plan(struct program *program, struct phases_config *config, bool libraries, const char *bare,
		const struct diag *diag)
{
	int err;

	config->options = &program->options;
	config->known = libraries ? &program->known : NULL;
	err = phases__new(config, diag, &program->phases);
	program->n_planned = program->known.n;
	return err == -ENOENT && libraries && bare && can_open(bare) ? 0 : err;
}

/* Plans the program that process PID runs. The rest as for plan(). */
static int plan_of_process(struct program *program, pid_t pid, struct phases_config *config, bool libraries,
			   const struct diag *diag)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	program->first = pid;
	return program__identify(program, path) ? plan(program, config, libraries, path, diag) : -ESRCH;
}

/* Hands PROGRAM out, or frees it. Returns ERR. */
static int hand_out(struct program *program, int err, struct program **out)
{
	if (err)
		program__free(program);
	else
		*out = program;
	return err;
}

int program__new(const struct program_config *config, const struct diag *diag, struct program **out)
{
	struct program *program = new_program(config->options);
	struct phases_config phases = {.growing = config->growing, .optional = config->optional};

	if (!program)
		return -ENOMEM;
	return hand_out(program, plan(program, &phases, config->libraries, config->bare, diag), out);
}

int program__of_executed(const struct options *options, pid_t pid, bool libraries, const struct diag *diag,
			 struct program **out)
{
	struct program *program = new_program(options);
	struct phases_config config = {.executed = pid, .optional = true, .growing = true};
	int err = -ENOMEM;

	if (!program)
		return -ENOMEM;
	program->words = process_words__read(pid, "cmdline");
	program->options.command = program->words;
	program->options.pids = NULL;
	program->options.n_pids = 0;
	if (program->words)
		err = plan_of_process(program, pid, &config, libraries, diag);
	return hand_out(program, err, out);
}

int program__of_running(const struct options *options, pid_t pid, bool optional, bool libraries,
			const struct diag *diag, struct program **out)
{
	struct program *program = new_program(options);
	struct phases_config config = {.optional = optional, .growing = true};

	if (!program)
		return -ENOMEM;
	program->options.pids = &program->first;
	program->options.n_pids = 1;
	return hand_out(program, plan_of_process(program, pid, &config, libraries, diag), out);
}

/* Sets the options: of the functions, those that are selected by name or line; of the file, OBJECT. 0 or -errno. */
static int set_opened(struct program *program, const struct options *options, pid_t pid,
		      const struct target_object *object)
{
	bool ours = target_files__have_our_root(object->files);
	unsigned first, last;

	program->functions = calloc(options->n_functions + 1, sizeof(struct selector *));
	program->file = strdup(ours ? object->name : object->path);
	if (!program->functions || !program->file)
		return -ENOMEM;
	program->options.n_functions = 0;
	for (size_t i = 0; i < options->n_functions; i++) {
		struct selector *selector = options->functions[i];

		if (selector__name(selector) || selector__lines(selector, &first, &last))
			program->functions[program->options.n_functions++] = selector;
	}
	program->first = pid;
	program->options.functions = program->functions;
	program->options.file = program->file;
	program->options.command = NULL;
	program->options.user = NULL;
	program->options.pids = &program->first;
	program->options.n_pids = 1;
	return program->options.n_functions ? 0 : -ENOENT;
}

int program__of_opened(const struct options *options, pid_t pid, const struct target_object *object,
		       const struct diag *diag, struct program **out)
{
	struct program *program = new_program(options);
	struct phases_config config = {.library = true, .optional = true, .growing = true};
	int err;

	if (!program)
		return -ENOMEM;
	err = set_opened(program, options, pid, object);
	if (!err)
		err = plan(program, &config, false, NULL, diag);
	if (!err)
		err = target_objects__add(&program->known, object->name, object->path, object->files, pid);
	return hand_out(program, err, out);
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
	if (err || !program->phases)
		return err;
	err = phases__begin(program->phases, pids, n_pids, duration_ns, diag);
	program->begun = !err;
	return err;
}

int program__begin_planned(struct program *program, uint64_t duration_ns, const struct diag *diag)
{
	return program__begin(program, &program->first, 1, duration_ns, diag);
}

bool program__has(const struct program *program, pid_t pid)
{
	for (size_t i = 0; i < program->n_pids; i++)
		if (program->pids[i] == pid)
			return true;
	return false;
}

int program__adopt(struct program *program, pid_t pid)
{
	int err;

	/* Its probes go with it from program to program: with more of them, each hit would count twice. */
	if (program__has(program, pid))
		return 0;
	err = program->phases ? phases__adopt(program->phases, pid) : 0;
	return err ? err : add_pid(program, pid);
}

bool program__look(struct program *program)
{
	size_t n = 0;

	for (size_t i = 0; i < program->n_pids; i++)
		if (!process_stat__has_ended(program->pids[i]))
			program->pids[n++] = program->pids[i];
	if (n != program->n_pids) {
		program->n_pids = n;
		if (program->phases)
			phases__set_alive(program->phases, program->pids, n);
	}
	return n;
}
