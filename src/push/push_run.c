// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/push_run.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/container_name.h"
#include "profile/profile_delta.h"
#include "push/push_http.h"
#include "report/pprof.h"

struct push_run {
	const struct push_url *url;
	const char *spool;
	const struct diag *diag;
	struct push_http *http;
	struct push *push;
	struct profile *sent; /* the sum of all profiles sent */
	uint64_t begin_ns;    /* the beginning of the time that the next profile covers */
};

/* Queues PROFILE, which was counted from BEGIN_NS to END_NS (since 1970). 0 or -errno. */
static int queue(struct push *push, const struct profile *profile, uint64_t begin_ns, uint64_t end_ns)
{
	uint8_t *data;
	size_t size;
	int err = pprof__encode(profile, &data, &size);

	return err ? err : push__add(push, data, size, begin_ns, end_ns);
}

/* What can stand in a header's line without ending it. */
static bool is_token(const char *token)
{
	for (; *token; token++)
		if (*token <= ' ' || *token > '~')
			return false;
	return true;
}

static int check_token(const struct push_url *url, const char *token, const struct diag *diag)
{
	if (!token)
		return 0;
	if (!is_token(token))
		diag__error(diag, PUSH_TOKEN " holds characters that no token has; set it to the token alone");
	else if (url->user || url->password)
		diag__error(diag, "--push has a user before its \"@\" and there is a token in " PUSH_TOKEN
				  "; the store takes one of them, so leave out the other");
	else
		return 0;
	return -EINVAL;
}

static int use_password(struct push_url *url, const char *password, const struct diag *diag)
{
	if (!password)
		return 0;
	if (url->password)
		diag__error(diag, "--push has a password before its \"@\" and there is one in " PUSH_PASSWORD
				  "; leave out the one in the address");
	else if (!url->user)
		diag__error(diag, "there is a password in " PUSH_PASSWORD
				  " and --push does not say whose; write it as in http://USER@localhost:4040");
	else
		return push_url__set_password(url, password);
	return -EINVAL;
}

/*
 * Copies the environment variable NAME to *out, or NULL if it is not set. Erases it in the environment and thereby in
 * /proc/PID/environ. Returns 0 or -errno.
 */
static int take_variable(const char *name, char **out)
{
	char *value = getenv(name);

	*out = NULL;
	if (value && *value) {
		*out = strdup(value);
		if (!*out)
			return -ENOMEM;
		explicit_bzero(value, strlen(value));
	}
	return unsetenv(name) ? -errno : 0;
}

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

int push_run__new(struct push_url *url, const char *spool, const struct diag *diag, struct push_run **out)
{
	struct push_run *run = calloc(1, sizeof(*run));
	char *token = NULL, *password = NULL;
	int err;

	if (!run)
		return -ENOMEM;
	*run = (struct push_run){.url = url, .spool = spool, .diag = diag, .sent = profile__new()};
	err = run->sent ? take_variable(PUSH_TOKEN, &token) : -ENOMEM;
	if (!err)
		err = take_variable(PUSH_PASSWORD, &password);
	if (!err)
		err = check_token(url, token, diag);
	if (!err)
		err = use_password(url, password, diag);
	if (!err)
		err = push_http__open(url, token, &run->http);
	forget(token);
	forget(password);
	if (err)
		push_run__free(run);
	else
		*out = run;
	return err;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The name of process PID, or "process" if it is gone. */
static void name_of_process(int pid, char *name, int size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	snprintf(name, (size_t)size, "process");
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(name, size, file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
}

/* The name of the profiles, written to NAME where it is not found elsewhere. */
static const char *name_of(const struct push_target *target, const struct container_name *container,
			   const struct push_url *url, char name[64])
{
	if (url->service)
		return url->service;
	if (target->command)
		return base_of(*target->command);
	if (target->n_pids) {
		name_of_process(target->pids[0], name, 64);
		return name;
	}
	if (target->cgroup)
		return *container->unit	       ? container->unit
		       : *container->container ? container->container
					       : base_of(target->cgroup);
	return target->file ? base_of(target->file) : "";
}

static void set_labels(struct push_labels *labels, const struct push_url *url, const struct push_target *target)
{
	char comm[64], hostname[HOST_NAME_MAX + 1] = "", pid[16];
	struct container_name container;
	const char *service;

	container_name__parse(target->cgroup ? target->cgroup : "", &container);
	service = name_of(target, &container, url, comm);
	push_labels__set(labels, PUSH_LABEL_SERVICE, *service ? service : "lprof-bpf");
	if (target->n_pids == 1) {
		snprintf(pid, sizeof(pid), "%d", target->pids[0]);
		push_labels__set(labels, PUSH_LABEL_PID, pid);
	}
	gethostname(hostname, sizeof(hostname) - 1);
	push_labels__set(labels, PUSH_LABEL_HOSTNAME, hostname);
	if (target->cgroup && strcmp(target->cgroup, "/") != 0)
		push_labels__set(labels, PUSH_LABEL_CGROUP, target->cgroup);
	push_labels__set(labels, PUSH_LABEL_CONTAINER, container.container);
	push_labels__set(labels, PUSH_LABEL_POD, container.pod);
	push_labels__set(labels, PUSH_LABEL_UNIT, container.unit);
}

int push_run__start(struct push_run *run, const struct push_target *target, enum profile_clock clock)
{
	struct push_labels labels = {0};
	const struct push_config config = {
		.url = run->url,
		.labels = &labels,
		.spool = run->spool,
		.transport = push_http__transport(run->http),
		.diag = run->diag,
	};

	set_labels(&labels, run->url, target);
	push_labels__set(&labels, PUSH_LABEL_CLOCK, clock == PROFILE_CLOCK_CPU ? "cpu" : "wall");
	run->begin_ns = clock__realtime_ns();
	return push__open(&config, &run->push);
}

int push_run__send(struct push_run *run, const struct profile *now)
{
	uint64_t end_ns = clock__realtime_ns(), begin_ns = run->begin_ns < end_ns ? run->begin_ns : end_ns;
	struct profile *delta;
	int err = profile_delta__since(run->sent, now, &delta);

	if (err)
		return err;
	delta->began_ns = begin_ns;
	if (!profile_delta__is_empty(delta))
		err = queue(run->push, delta, begin_ns, end_ns);
	if (!err)
		err = profile_delta__add(run->sent, delta);
	if (!err)
		run->begin_ns = end_ns;
	profile__free(delta);
	return err;
}

void push_run__free(struct push_run *run)
{
	if (!run)
		return;
	push__close(run->push);
	push_http__close(run->http);
	profile__free(run->sent);
	free(run);
}
