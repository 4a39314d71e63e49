// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/debug_service.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/wire.h"
#include "dwarf/debug_reading.h"
#include "dwarf/function_wire.h"

#define NAMES_SIZE 65536 /* names are told as soon as they take so many bytes */

struct service {
	int socket;
	struct debug_reading *reading;
	struct wire text; /* what is being said */
	bool error;	  /* it is an error */
	struct wire names;
};

/* Whatever there is no memory for, the end of what was asked is told. The parent is gone if that fails. */
static void tell(int socket, enum debug_message kind, int number, const struct wire *bytes)
{
	int err = wire__send(socket, kind, number, bytes);

	if (err == -ENOMEM && kind == DEBUG_DONE)
		err = wire__send(socket, kind, -ENOMEM, NULL);
	if (err == -EPIPE)
		_exit(EXIT_FAILURE);
}

/* The parent may know the cause of an error. */
static bool note_error(void *context, const struct diag *diag)
{
	struct service *service = context;

	(void)diag;
	service->error = true;
	return false;
}

/* A sentence ends with the end of its line. */
static ssize_t say(void *cookie, const char *text, size_t size)
{
	struct service *service = cookie;

	wire__put(&service->text, text, size);
	if (!size || text[size - 1] != '\n')
		return (ssize_t)size;
	tell(service->socket, DEBUG_SAID, service->error, &service->text);
	wire__release(&service->text);
	service->error = false;
	return (ssize_t)size;
}

/* Sets *selectors to those that are told, to be freed, and *n to their number. */
static int get_selectors(struct wire_reader *reader, struct selector ***selectors, size_t *n)
{
	size_t wanted = wire__get_count(reader, sizeof(uint64_t));
	int err = 0;

	*n = 0;
	*selectors = calloc(wanted + 1, sizeof(**selectors));
	if (!*selectors)
		return -ENOMEM;
	while (!err && *n < wanted) {
		err = selector__get(reader, &(*selectors)[*n]);
		*n += !err;
	}
	return err;
}

static void free_selectors(struct selector **selectors, size_t n)
{
	for (size_t i = 0; selectors && i < n; i++)
		selector__free(selectors[i]);
	free(selectors);
}

static int find(struct service *service, struct wire_reader *reader, struct wire *answer)
{
	struct debug_functions functions = {.n = 0};
	struct selector **selectors;
	size_t n;
	int err = get_selectors(reader, &selectors, &n);
	bool *matched = calloc(n + 1, sizeof(*matched));

	if (!matched)
		err = -ENOMEM;
	if (!err)
		err = debug_reading__find(service->reading, (const struct selector *const *)selectors, n, matched,
					  &functions);
	if (!err) {
		wire__put_array(answer, matched, n, 1);
		function_wire__put(answer, &functions);
	}
	debug_functions__free(&functions);
	free_selectors(selectors, n);
	free(matched);
	return err;
}

static int add_name(const char *name, const char *file, unsigned line, void *ctx)
{
	struct service *service = ctx;
	struct wire *names = &service->names;

	wire__put_text(names, name);
	wire__put_text(names, file);
	wire__put_number(names, line);
	if (names->failed)
		return -ENOMEM;
	if (names->n < NAMES_SIZE)
		return 0;
	tell(service->socket, DEBUG_NAMED, 0, names);
	names->n = 0;
	return 0;
}

static int name_all(struct service *service, struct wire_reader *reader)
{
	struct selector **selectors;
	size_t n;
	int err = get_selectors(reader, &selectors, &n);

	if (!err)
		err = debug_reading__each_name(service->reading, (const struct selector *const *)selectors, n, add_name,
					       service);
	tell(service->socket, DEBUG_NAMED, 0, &service->names);
	wire__release(&service->names);
	free_selectors(selectors, n);
	return err;
}

static int find_rules(struct service *service, struct wire_reader *reader, struct wire *answer)
{
	size_t n;
	uint64_t *addresses = wire__get_array(reader, sizeof(*addresses), &n);

	for (size_t i = 0; i < n; i++) {
		struct cfa_rule rule = {.reg = 0};

		wire__put_number(answer, (uint64_t)debug_reading__cfa(service->reading, addresses[i], &rule));
		wire__put(answer, &rule, sizeof(rule));
	}
	free(addresses);
	return wire__finish(reader);
}

static void serve(struct service *service)
{
	struct wire question = {.bytes = NULL}, answer = {.bytes = NULL};
	uint32_t kind;
	int number;

	while (!wire__receive(service->socket, &kind, &number, &question)) {
		struct wire_reader reader = wire__reader(&question);
		int err;

		if (kind == DEBUG_FIND)
			err = find(service, &reader, &answer);
		else if (kind == DEBUG_NAMES)
			err = name_all(service, &reader);
		else
			err = find_rules(service, &reader, &answer);
		tell(service->socket, DEBUG_DONE, err, err ? NULL : &answer);
		wire__release(&answer);
	}
}

/* It has no status line: what is said is shown by the parent, which has one. */
static struct diag telling(struct service *service, const struct diag_cause *cause, int verbosity)
{
	static const cookie_io_functions_t io = {.write = say};
	FILE *stream = fopencookie(service, "w", io);

	if (!stream)
		_exit(EXIT_FAILURE);
	return (struct diag){.stream = stream, .verbosity = verbosity, .cause = cause};
}

void debug_service__run(struct debug_service *request)
{
	struct service service = {.socket = request->socket};
	const struct diag_cause cause = {.explain = note_error, .context = &service};
	const struct diag diag = telling(&service, &cause, request->diag.verbosity);
	struct wire opened = {.bytes = NULL};
	int err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = debug_reading__open(request->obj, request->files, request->need, &diag, &service.reading);
	if (!err) {
		debug_reading__settle(service.reading);
		wire__put_number(&opened, debug_reading__is_partial(service.reading));
		err = sandbox__enter(service.socket, &request->limits);
		if (err)
			diag__failure(&diag, err, "cannot confine the process that reads debug information");
	}
	tell(service.socket, DEBUG_DONE, err, err ? NULL : &opened);
	if (!err)
		serve(&service);
	_exit(EXIT_SUCCESS);
}
