// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "clock.skel.h"
#include "grow.h"
#include "inflight.h"
#include "native.skel.h"

#define LOG_SIZE  (1 << 20)
#define LOG_LINES 20
/* Inode of /proc/self/ns/pid in the initial namespace: PROC_PID_INIT_INO. */
#define INITIAL_PID_NAMESPACE 0xeffffffcu

struct session {
	struct native_bpf *skel;
	enum attach_way way;
	int prog_fd;
	pid_t *pids;
	size_t n_pids;
	uint32_t n_sites;
	struct attachment **attachments;
	size_t n_attachments;
	size_t n_probes;
	struct bpf_link *exit_link, *exec_link;
	struct clock_bpf *clock; /* NULL: the wall clock */
	struct bpf_link *clock_link;
	uint64_t stopped_ns; /* when counting stopped, 0: it goes on */
};

/* The program sees process IDs of the initial namespace; in another one only the kernel's filter can be relied on. */
static bool pids_are_global(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == INITIAL_PID_NAMESPACE;
}

static void configure_filter(struct session *session, bool global)
{
	if (!global || !session->n_pids)
		return;
	if (session->n_pids == 1) {
		session->skel->rodata->only_tgid = session->pids[0];
	} else {
		session->skel->rodata->use_targets = true;
		bpf_map__set_max_entries(session->skel->maps.targets, session->n_pids);
	}
}

static void configure(struct session *session, const struct session_config *config, bool global)
{
	struct native_bpf *skel = session->skel;
	struct bpf_program *used = config->empty_probe ? skel->progs.lprof_empty : skel->progs.lprof_hit;
	struct bpf_program *unused = config->empty_probe ? skel->progs.lprof_hit : skel->progs.lprof_empty;

	skel->rodata->n_sites = config->n_sites;
	skel->rodata->switch_ns = config->switch_ns;
	bpf_map__set_max_entries(skel->maps.sites, config->n_sites);
	bpf_map__set_max_entries(skel->maps.edges, 2 * config->n_sites);
	configure_filter(session, global);
	bpf_program__set_autoload(unused, false);
	bpf_program__set_expected_attach_type(used, (enum bpf_attach_type)attach__expected_type(session->way));
}

static int fill_maps(struct session *session, const struct session_config *config)
{
	int sites = bpf_map__fd(session->skel->maps.sites), targets = bpf_map__fd(session->skel->maps.targets);
	const uint8_t yes = 1;
	int err = 0;

	for (uint32_t i = 0; !err && i < config->n_sites; i++)
		err = bpf_map_update_elem(sites, &i, &config->sites[i], BPF_ANY);
	for (size_t i = 0; !err && session->skel->rodata->use_targets && i < session->n_pids; i++)
		err = bpf_map_update_elem(targets, &session->pids[i], &yes, BPF_ANY);
	return err;
}

/* The last lines of the verifier's log tell what it refused. */
static void show_log(const char *log, const struct diag *diag)
{
	const char *start = log + strlen(log);

	for (int lines = 0; start > log && lines <= LOG_LINES; start--)
		lines += start[-1] == '\n';
	diag__debug(diag, "the verifier's last lines:\n%s", start);
}

static void explain_load(int err, const char *log, const struct diag *diag)
{
	diag__error(diag, "the kernel refused the BPF program (%s); run `lprof-bpf doctor` to see what it lacks%s",
		    strerror(-err), diag->verbosity >= 1 ? "" : ", or add -v for the verifier's words");
	show_log(log, diag);
}

static int quiet_print(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static int watch_ends(struct session *session)
{
	session->exit_link = bpf_program__attach_raw_tracepoint(session->skel->progs.lprof_exit, "sched_process_exit");
	if (!session->exit_link)
		return -errno;
	session->exec_link = bpf_program__attach_raw_tracepoint(session->skel->progs.lprof_exec, "sched_process_exec");
	return session->exec_link ? 0 : -errno;
}

/* The CPU clock writes into the same threads as the probes. */
static int start_cpu_clock(struct session *session)
{
	int err;

	session->clock = clock_bpf__open();
	if (!session->clock)
		return -errno;
	err = bpf_map__reuse_fd(session->clock->maps.threads, bpf_map__fd(session->skel->maps.threads));
	if (!err)
		err = clock_bpf__load(session->clock);
	if (err)
		return err;
	session->clock_link = bpf_program__attach_raw_tracepoint(session->clock->progs.lprof_switch, "sched_switch");
	return session->clock_link ? 0 : -errno;
}

static int open_and_load(struct session *session, const struct session_config *config, char *log,
			 const struct diag *diag)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_buf = log, .kernel_log_size = LOG_SIZE);
	int err;

	session->skel = native_bpf__open_opts(&opts);
	if (!session->skel)
		return -errno;
	configure(session, config, pids_are_global());
	err = native_bpf__load(session->skel);
	if (err == -EMFILE)
		diag__error(diag, "out of file descriptors; raise the limit (ulimit -n)");
	else if (err)
		explain_load(err, log, diag);
	if (err)
		return err;
	session->prog_fd = bpf_program__fd(config->empty_probe ? session->skel->progs.lprof_empty
							       : session->skel->progs.lprof_hit);
	err = watch_ends(session);
	if (err) {
		diag__error(diag, "cannot watch for the end of threads: %s; run `lprof-bpf doctor`", strerror(-err));
		return err;
	}
	if (config->cpu_clock) {
		err = start_cpu_clock(session);
		if (err) {
			diag__error(
				diag,
				"the CPU clock cannot be used here (%s): it needs a kernel with BTF; use --clock wall",
				strerror(-err));
			return err;
		}
	}
	err = fill_maps(session, config);
	if (err)
		diag__error(diag, "cannot write the BPF program's maps: %s", strerror(-err));
	return err;
}

int session__open(const struct session_config *config, const struct diag *diag, struct session **out)
{
	struct session *session = calloc(1, sizeof(*session));
	char *log = calloc(1, LOG_SIZE);
	int err = -ENOMEM;

	libbpf_set_print(quiet_print);
	if (session && log) {
		session->n_sites = config->n_sites;
		session->n_pids = config->n_pids;
		session->pids = calloc(config->n_pids + 1, sizeof(*session->pids));
	}
	if (session && log && session->pids) {
		memcpy(session->pids, config->pids, config->n_pids * sizeof(*session->pids));
		session->way = attach__best_way();
		err = open_and_load(session, config, log, diag);
	}
	free(log);
	if (err) {
		session__close(session);
		return err;
	}
	*out = session;
	return 0;
}

static double milliseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) * 1e3 + (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

static void explain_attach(int err, const struct session_object *object, pid_t pid, const struct diag *diag)
{
	switch (-err) {
	case EMFILE:
	case ENFILE:
		diag__error(diag,
			    "out of file descriptors: %u probes in %s need %u; raise the limit (ulimit -n) or choose "
			    "fewer functions",
			    object->n, object->name, 2 * object->n);
		break;
	case ESRCH:
		diag__error(diag, "process %d is gone", (int)pid);
		break;
	default:
		diag__error(diag, "cannot attach to %s: %s; nothing was attached", object->name, strerror(-err));
	}
}

static int attach_to(struct session *session, const struct session_object *object, const uint64_t *cookies, pid_t pid,
		     const struct diag *diag)
{
	struct attach_request request = {
		.way = session->way,
		.prog_fd = session->prog_fd,
		.path = object->path,
		.pid = pid,
		.offsets = object->offsets,
		.cookies = cookies,
		.n = object->n,
	};
	struct attachment **grown;
	int err;

	grown = reallocarray(session->attachments, session->n_attachments + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	session->attachments = grown;
	err = attach__probes(&request, &grown[session->n_attachments]);
	if (err) {
		explain_attach(err, object, pid, diag);
		return err;
	}
	session->n_attachments++;
	session->n_probes += object->n;
	return 0;
}

int session__attach(struct session *session, const struct session_object *object, const struct diag *diag)
{
	uint64_t *cookies;
	struct timespec start;
	int err = 0;

	if (!object->n)
		return 0;
	cookies = calloc(object->n, sizeof(*cookies));
	if (!cookies)
		return -ENOMEM;
	for (uint32_t i = 0; i < object->n; i++)
		cookies[i] = object->first_site + i;
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (!session->n_pids)
		err = attach_to(session, object, cookies, 0, diag);
	for (size_t i = 0; !err && i < session->n_pids; i++)
		err = attach_to(session, object, cookies, session->pids[i], diag);
	if (!err)
		diag__debug(diag, "attached %u sites of %s in %.1f ms", object->n, object->name,
			    milliseconds_since(&start));
	free(cookies);
	return err;
}

void session__start(struct session *session)
{
	session->skel->bss->counting = true;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void session__detach(struct session *session, const struct diag *diag)
{
	struct timespec start;

	if (!session->stopped_ns)
		session->stopped_ns = monotonic_ns();
	session->skel->bss->counting = false;
	/* Threads that leave the CPU or come back to it from now on do not matter. */
	bpf_link__destroy(session->clock_link);
	session->clock_link = NULL;
	if (!session->n_attachments)
		return;
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (session->n_attachments)
		attachment__detach(session->attachments[--session->n_attachments]);
	diag__debug(diag, "detached %zu probes in %.1f ms", session->n_probes, milliseconds_since(&start));
	session->n_probes = 0;
}

static int read_stat(struct session *session, int n_cpus, uint32_t key, uint64_t *sum)
{
	uint64_t *values = calloc(n_cpus, sizeof(*values));
	int err;

	if (!values)
		return -ENOMEM;
	err = bpf_map_lookup_elem(bpf_map__fd(session->skel->maps.stats), &key, values);
	*sum = 0;
	for (int cpu = 0; !err && cpu < n_cpus; cpu++)
		*sum += values[cpu];
	free(values);
	return err;
}

static int read_stats(struct session *session, int n_cpus, struct session_stats *stats)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int err;

	err = read_stat(session, n_cpus, LPROF_STAT_FRAMES_DROPPED, &stats->frames_dropped);
	if (!err)
		err = read_stat(session, n_cpus, LPROF_STAT_FRAMES_UNKNOWN, &stats->frames_unknown);
	if (!err)
		err = bpf_obj_get_info_by_fd(session->prog_fd, &info, &size);
	stats->missed = info.recursion_misses;
	return err;
}

/* All values of a hash map whose keys have KEY_SIZE bytes, at most 64. *values is owned by the caller. */
static int read_hash(int fd, size_t value_size, void **values, size_t *n)
{
	uint8_t key[64], *next = NULL, *value = malloc(value_size);
	char *items = NULL;
	size_t room = 0;
	int err = value ? 0 : -ENOMEM;

	*n = 0;
	while (!err && !bpf_map_get_next_key(fd, next, key)) {
		next = key;
		/* Evicted meanwhile: then it is not there. */
		if (bpf_map_lookup_elem(fd, key, value))
			continue;
		err = grow__one(&items, &room, *n, value_size);
		if (!err)
			memcpy(items + value_size * (*n)++, value, value_size);
	}
	free(value);
	*values = items;
	return err;
}

static int compare_threads(const void *x, const void *y)
{
	const struct lprof_thread *a = x, *b = y;

	return (a->serial > b->serial) - (a->serial < b->serial);
}

static int charge_inflight(struct session *session, struct lprof_edge *edges)
{
	struct inflight inflight = {.now_ns = session->stopped_ns ? session->stopped_ns : monotonic_ns()};
	void *threads = NULL, *frames = NULL;
	int err;

	err = read_hash(bpf_map__fd(session->skel->maps.threads), sizeof(struct lprof_thread), &threads,
			&inflight.n_threads);
	if (!err)
		err = read_hash(bpf_map__fd(session->skel->maps.frames), sizeof(struct lprof_frame), &frames,
				&inflight.n_frames);
	if (!err) {
		if (threads)
			qsort(threads, inflight.n_threads, sizeof(struct lprof_thread), compare_threads);
		inflight.threads = threads;
		inflight.frames = frames;
		inflight__charge(&inflight, edges, 2 * session->n_sites);
	}
	free(threads);
	free(frames);
	return err;
}

static int read_edges(struct session *session, int n_cpus, struct lprof_edge *edges, struct session_stats *stats)
{
	struct lprof_edge *values = calloc(n_cpus, sizeof(*values));
	int fd = bpf_map__fd(session->skel->maps.edges), err = values ? 0 : -ENOMEM;

	for (uint32_t i = 0; !err && i < 2 * session->n_sites; i++) {
		edges[i] = (struct lprof_edge){0};
		err = bpf_map_lookup_elem(fd, &i, values);
		for (int cpu = 0; !err && cpu < n_cpus; cpu++) {
			edges[i].departures += values[cpu].departures;
			edges[i].arrivals += values[cpu].arrivals;
			edges[i].wall_ns += values[cpu].wall_ns;
			edges[i].probe_ns += values[cpu].probe_ns;
		}
		stats->hits += edges[i].departures;
	}
	free(values);
	return err;
}

int session__collect(struct session *session, struct lprof_edge *edges, struct session_stats *stats)
{
	int n_cpus = libbpf_num_possible_cpus(), err;

	if (n_cpus < 0)
		return n_cpus;
	*stats = (struct session_stats){0};
	err = read_edges(session, n_cpus, edges, stats);
	if (!err)
		err = charge_inflight(session, edges);
	return err ? err : read_stats(session, n_cpus, stats);
}

void session__close(struct session *session)
{
	if (!session)
		return;
	while (session->n_attachments)
		attachment__detach(session->attachments[--session->n_attachments]);
	free(session->attachments);
	free(session->pids);
	bpf_link__destroy(session->exit_link);
	bpf_link__destroy(session->exec_link);
	bpf_link__destroy(session->clock_link);
	clock_bpf__destroy(session->clock);
	native_bpf__destroy(session->skel);
	free(session);
}
