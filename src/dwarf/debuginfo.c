// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where programs are checked for errors of memory (the address sanitizer), they are to be found in what is executed
 * here, and are: there, this process reads by itself.
 */
#include "dwarf/debuginfo.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/wire.h"
#include "dwarf/debug_reading.h"
#include "dwarf/debug_service.h"
#include "dwarf/function_wire.h"

#if defined(__SANITIZE_ADDRESS__)
#define READS_ITSELF true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define READS_ITSELF true
#endif
#endif
#ifndef READS_ITSELF
#define READS_ITSELF false
#endif

#define PREFIX "lprof-bpf: " /* that of each message, see diag.h */

typedef int (*name_function)(const char *name, const char *file, unsigned line, void *ctx);

struct debuginfo {
	struct debug_reading *reading; /* NULL: another process reads */
	struct objfile *obj;	       /* borrowed */
	struct diag diag;
	struct sandbox_limits limits;
	pid_t reader; /* 0: it has ended */
	int socket;
	bool partial;
	struct wire answer;
};

/* Somebody to be told of names; VERDICT is the first that is not zero. */
struct listener {
	name_function fn;
	void *ctx;
	int verdict;
};

/* Waits for the end of the reader's process, which has been told or has ended already. Returns its status. */
static int end_reader(struct debuginfo *info)
{
	int status = 0;

	if (info->socket >= 0)
		close(info->socket);
	while (info->reader > 0 && waitpid(info->reader, &status, 0) < 0 && errno == EINTR)
		;
	info->socket = -1;
	info->reader = 0;
	return status;
}

/* It has not answered as it should. */
static int say_lost(struct debuginfo *info)
{
	char why[256];

	if (!info->reader)
		return -EIO; /* which was said then */
	sandbox__explain(end_reader(info), &info->limits, why, sizeof(why));
	diag__error(&info->diag, "%s: its debug information %s", objfile__name(info->obj), why);
	return -EIO;
}

/* What the reader goes on to say would be taken for something else. */
static void stop_reader(struct debuginfo *info)
{
	kill(info->reader, SIGKILL);
	(void)end_reader(info);
}

static int say_nonsense(struct debuginfo *info)
{
	if (!info->reader)
		return -EIO;
	stop_reader(info);
	diag__error(&info->diag,
		    "%s: what the process that reads its debug information says of it makes no sense, and is not used: "
		    "the file may be made to harm whoever reads it",
		    objfile__name(info->obj));
	return -EIO;
}

/* Shows what the reader says as if it was said here. */
static void pass_on(const struct debuginfo *info, bool error)
{
	size_t n = info->answer.n, skip = strlen(PREFIX);
	const char *text = (const char *)info->answer.bytes;
	char *sentence;

	if (n <= skip + 1 || memcmp(text, PREFIX, skip) != 0)
		return;
	sentence = strndup(text + skip, n - skip - 1);
	if (sentence && error)
		diag__error(&info->diag, "%s", sentence);
	else if (sentence)
		diag__note(&info->diag, "%s", sentence);
	free(sentence);
}

static int pass_names(const struct debuginfo *info, struct listener *listener)
{
	struct wire_reader reader = wire__reader(&info->answer);

	while (reader.at < reader.end && !reader.failed) {
		char *name = wire__get_text(&reader), *file = wire__get_text(&reader);
		unsigned line = (unsigned)wire__get_below(&reader, UINT32_MAX);

		reader.failed |= !name;
		if (!reader.failed && listener && !listener->verdict)
			listener->verdict = listener->fn(name, file, line, listener->ctx);
		free(name);
		free(file);
	}
	return wire__finish(&reader);
}

/* Waits for the end of what the reader does, and leaves what it tells then in info->answer. 0, or -errno. */
static int await(struct debuginfo *info, struct listener *listener)
{
	for (;;) {
		uint32_t kind;
		int number, err = wire__receive(info->socket, &kind, &number, &info->answer);

		if (err == -EPIPE)
			return say_lost(info);
		if (!err && kind == DEBUG_NAMED)
			err = pass_names(info, listener);
		else if (!err && kind == DEBUG_SAID)
			pass_on(info, number);
		else if (!err && kind == DEBUG_DONE && number <= 0)
			return number;
		else if (!err)
			err = -EBADMSG;
		if (err == -ENOMEM)
			stop_reader(info);
		if (err)
			return err == -ENOMEM ? err : say_nonsense(info);
	}
}

/* Asks a question that is the caller's to release. */
static int ask(struct debuginfo *info, enum debug_message kind, const struct wire *question, struct listener *listener)
{
	int err;

	if (!info->reader)
		return -EIO;
	err = wire__send(info->socket, kind, 0, question);
	if (err == -ENOMEM)
		return err;
	return err ? say_lost(info) : await(info, listener);
}

static int start_reader(struct debuginfo *info, const struct target_files *files, enum debuginfo_need need)
{
	struct debug_service service = {
		.obj = info->obj,
		.files = files,
		.need = need,
		.diag = info->diag,
		.limits = info->limits,
	};
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	info->reader = fork();
	if (!info->reader) {
		close(sockets[0]);
		service.socket = sockets[1];
		debug_service__run(&service);
	}
	close(sockets[1]);
	info->socket = sockets[0];
	if (info->reader > 0)
		return 0;
	info->reader = 0;
	return -errno;
}

static int open_elsewhere(struct debuginfo *info, const struct target_files *files, enum debuginfo_need need)
{
	struct wire_reader reader;
	int err = start_reader(info, files, need);

	if (err) {
		diag__failure(&info->diag, err, "cannot start a process that reads debug information");
		return err;
	}
	err = await(info, NULL);
	if (err)
		return err;
	reader = wire__reader(&info->answer);
	info->partial = wire__get_below(&reader, 2);
	return wire__finish(&reader) ? say_nonsense(info) : 0;
}

int debuginfo__open(struct objfile *obj, const struct target_files *files, enum debuginfo_need need,
		    const struct diag *diag, struct debuginfo **out)
{
	struct debuginfo *info = calloc(1, sizeof(*info));
	int err;

	if (!info)
		return -ENOMEM;
	*info = (struct debuginfo){.obj = obj, .diag = *diag, .socket = -1, .limits = sandbox__limits()};
	err = READS_ITSELF ? debug_reading__open(obj, files, need, diag, &info->reading)
			   : open_elsewhere(info, files, need);
	if (err)
		debuginfo__close(info);
	else
		*out = info;
	return err;
}

void debuginfo__close(struct debuginfo *info)
{
	if (!info)
		return;
	debug_reading__close(info->reading);
	(void)end_reader(info);
	wire__release(&info->answer);
	free(info);
}

bool debuginfo__is_partial(const struct debuginfo *info)
{
	return info->reading ? debug_reading__is_partial(info->reading) : info->partial;
}

static void put_selectors(struct wire *question, const struct selector *const *selectors, size_t n)
{
	wire__put_number(question, n);
	for (size_t i = 0; i < n; i++)
		selector__put(question, selectors[i]);
}

/* Reads what is told of N selectors and of the functions that they select. */
static int take_functions(struct debuginfo *info, size_t n, bool *matched, struct debug_functions *out)
{
	struct wire_reader reader = wire__reader(&info->answer);
	size_t n_told;
	uint8_t *told = wire__get_array(&reader, 1, &n_told);
	int err;

	function_wire__get(&reader, info->obj, out);
	err = wire__finish(&reader);
	if (!err && n_told != n)
		err = -EBADMSG;
	for (size_t i = 0; !err && matched && i < n; i++)
		matched[i] = told[i] != 0;
	free(told);
	if (!err)
		return 0;
	debug_functions__free(out);
	return err == -ENOMEM ? err : say_nonsense(info);
}

int debuginfo__find(struct debuginfo *info, const struct selector *const *selectors, size_t n, bool *matched,
		    struct debug_functions *out)
{
	struct wire question = {.bytes = NULL};
	int err;

	if (info->reading)
		return debug_reading__find(info->reading, selectors, n, matched, out);
	*out = (struct debug_functions){.n = 0};
	put_selectors(&question, selectors, n);
	err = ask(info, DEBUG_FIND, &question, NULL);
	wire__release(&question);
	return err ? err : take_functions(info, n, matched, out);
}

int debuginfo__each_name(struct debuginfo *info, const struct selector *const *selectors, size_t n, name_function fn,
			 void *ctx)
{
	struct listener listener = {.fn = fn, .ctx = ctx};
	struct wire question = {.bytes = NULL};
	int err;

	if (info->reading)
		return debug_reading__each_name(info->reading, selectors, n, fn, ctx);
	put_selectors(&question, selectors, n);
	err = ask(info, DEBUG_NAMES, &question, &listener);
	wire__release(&question);
	return listener.verdict ? listener.verdict : err;
}

/* Whether RULE is one that debuginfo.h promises. */
static bool is_rule(const struct cfa_rule *rule)
{
	unsigned char deref;

	memcpy(&deref, &rule->deref, 1);
	return rule->reg < 16 && deref < 2;
}

static int take_rules(struct debuginfo *info, size_t n, struct cfa_rule *rules, int *errors)
{
	struct wire_reader reader = wire__reader(&info->answer);
	bool sound = true;

	for (size_t i = 0; i < n; i++) {
		errors[i] = (int)wire__get_number(&reader);
		wire__get(&reader, &rules[i], sizeof(rules[i]));
		sound &= errors[i] <= 0 && is_rule(&rules[i]);
	}
	return sound && !wire__finish(&reader) ? 0 : say_nonsense(info);
}

int debuginfo__cfas(struct debuginfo *info, const uint64_t *addresses, size_t n, struct cfa_rule *rules, int *errors)
{
	struct wire question = {.bytes = NULL};
	int err = 0;

	if (info->reading) {
		for (size_t i = 0; i < n; i++)
			errors[i] = debug_reading__cfa(info->reading, addresses[i], &rules[i]);
		return 0;
	}
	wire__put_array(&question, addresses, n, sizeof(*addresses));
	err = ask(info, DEBUG_RULES, &question, NULL);
	wire__release(&question);
	return err ? err : take_rules(info, n, rules, errors);
}

int debuginfo__cfa(struct debuginfo *info, uint64_t vaddr, struct cfa_rule *rule)
{
	int error, err = debuginfo__cfas(info, &vaddr, 1, rule, &error);

	return err ? err : error;
}
