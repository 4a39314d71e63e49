// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/elsewhere.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/maps.h"
#include "dwarf/debuginfo.h"
#include "elf/objfile.h"
#include "target/descent.h"
#include "target/target_loader.h"

#define MOST_WORDS 64
/* What ends a word in the arguments of a shell, and in those of an interpreter's -c. */
#define SEPARATORS " \t\n'\"`;|&()<>{}[]=$,"

struct search {
	const struct selector *selector;
	const struct frontend_request *request;
	const struct diag *diag;
};

static bool say_nothing(void *context, const struct diag *diag)
{
	(void)context;
	(void)diag;
	return true;
}

/* That a file cannot be read, or has no debug information, says nothing about the target. */
static const struct diag_cause quiet_cause = {.explain = say_nothing};

static bool info_has(struct objfile *obj, const struct search *search, const struct target_files *files)
{
	const struct diag quiet = {.stream = search->diag->stream, .verbosity = -1, .cause = &quiet_cause};
	struct debug_functions functions = {0};
	struct debuginfo *info;
	bool found;

	if (debuginfo__open(obj, files, DEBUGINFO_AT_HAND, &quiet, &info))
		return false;
	found = !debuginfo__find(info, &search->selector, 1, NULL, &functions) && functions.n;
	debug_functions__free(&functions);
	debuginfo__close(info);
	return found;
}

/* Whether the program that PATH opens has a function that is looked for. */
static bool program_has(const char *path, const struct search *search, const struct target_files *files)
{
	struct objfile *obj;
	bool found;

	if (objfile__open(path, path, &obj))
		return false;
	found = info_has(obj, search, files);
	objfile__close(obj);
	return found;
}

/* The name of what the target itself runs. */
static const char *target_name(const struct search *search)
{
	return search->request->objects->n ? search->request->objects->items[0].name : "the target";
}

/* Whether WORD of the command names a program with the function; then says so. */
static bool try_word(const char *word, const struct search *search)
{
	struct target_files *files;
	char path[PATH_MAX];
	bool found;

	if (target_loader__search(word, path) || target_files__of_command(NULL, &files))
		return false;
	found = program_has(path, search, files);
	target_files__unref(files);
	if (found)
		diag__error(search->diag,
			    "no function matches %s in %s, but %s, which the command names, has it; profile that "
			    "program, by `lprof-bpf -x %s` started before the command, or as the command itself",
			    selector__text(search->selector), target_name(search), word, path);
	return found;
}

static bool try_words(const struct search *search)
{
	char *const *arguments = search->request->command + 1;
	size_t n = 0;
	bool found = false;

	for (; !found && *arguments; arguments++) {
		char *text = strdup(*arguments), *rest, *word;

		word = text ? strtok_r(text, SEPARATORS, &rest) : NULL;
		for (; !found && word && n < MOST_WORDS; n++) {
			found = try_word(word, search);
			word = strtok_r(NULL, SEPARATORS, &rest);
		}
		free(text);
	}
	return found;
}

/* Whether process PID runs a program with the function; then says so. */
static int try_process(pid_t pid, bool root, void *ctx)
{
	const struct search *search = ctx;
	char exe[64], name[PATH_MAX];
	struct target_files *files;
	ssize_t length;
	bool found;

	snprintf(exe, sizeof(exe), "/proc/%d/exe", (int)pid);
	length = root ? -1 : readlink(exe, name, sizeof(name) - 1);
	if (length < 0 || target_files__of_process(pid, &files))
		return 0;
	name[length] = '\0';
	found = program_has(exe, search, files);
	target_files__unref(files);
	if (found)
		diag__error(search->diag,
			    "no function matches %s in %s, but process %d, which the target started, runs %s, which "
			    "has it; profile that process: -p %d",
			    selector__text(search->selector), target_name(search), (int)pid, name, (int)pid);
	return found;
}

bool elsewhere__explain(const struct selector *selector, const struct frontend_request *request,
			const struct diag *diag)
{
	struct search search = {.selector = selector, .request = request, .diag = diag};

	if (request->one_object)
		return false;
	if (request->command && *request->command)
		return try_words(&search);
	return request->n_pids && descent__each(request->pids, request->n_pids, try_process, &search) > 0;
}

static int is_made_code(struct mapping *mapping, void *ctx)
{
	(void)ctx;
	return mapping->exec && (!mapping->ino || !strncmp(mapping->name, "/memfd:", strlen("/memfd:"))) &&
	       mapping->name[0] != '[';
}

/* Whether a process has executable memory that no file is behind. The kernel's own is named, as in "[vdso]". */
static bool makes_code(const struct frontend_request *request)
{
	for (size_t i = 0; i < request->n_pids; i++)
		if (maps__each(request->pids[i], is_made_code, NULL) > 0)
			return true;
	return false;
}

/* Programs that run code which is no object's. */
static bool is_runtime(const char *path)
{
	static const char *const names[] = {"node", "nodejs", "java", "deno", "bun",  "dotnet", "luajit",
					    "lua",  "pypy",   "php",  "perl", "ruby", "mono"};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strncmp(name, names[i], strlen(names[i])) && !isalpha((unsigned char)name[strlen(names[i])]))
			return true;
	return false;
}

void elsewhere__hint(const struct frontend_request *request, bool bare, char *text, size_t size)
{
	const char *format = "";

	if (!request->one_object && request->objects->n) {
		if (makes_code(request))
			format = "; %s runs code made at run time (anonymous executable memory), whose lines cannot be "
				 "profiled";
		else if (is_runtime(request->objects->items[0].name))
			format = "; %s runs code that it makes at run time or interprets, whose lines cannot be "
				 "profiled";
		else if (bare && request->command)
			format = "; if %s starts the program that is meant, name that one: -x PROGRAM";
	}
	snprintf(text, size, format, *format ? request->objects->items[0].name : "");
}
