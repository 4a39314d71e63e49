// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the price of a probe is measured. The BPF program reads the clock at each hit. Between its readings at two
 * adjacent probed instructions lie only the rest of the first hit and the beginning of the second: together, one hit.
 * The edges of a chain of such instructions measure this time. While calibrating, their probe_ns is the program's own
 * time for the same hits, so that the price and its ratio to that time come from the same hits.
 *
 * A sample is the mean over a batch of hits that is so short that it is seldom interrupted. The price is the median of
 * the samples, and so is the ratio; the uncertainty is half the interquartile range of the ratios. The classes are
 * measured by turns, so that a change of the processor's speed affects all of them.
 *
 * The measuring process puts the probes into itself. Taking them out takes tens of milliseconds; the kernel does it
 * when the process exits. So that nobody waits for that, the process is not our child, and it closes all files that
 * were open here: a reader at the other end of our standard output would otherwise wait for it.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "lprof.h"
#include "lprof.skel.h"
#include "probe/calibrate.h"
#include "probe/calibrate_target.h"
#include "probe/detached.h"
#include "probe/gate_view.h"
#include "probe/priority.h"
#include "probe/session.h"
#include "probe/sites.h"

#define ROUNDS		4 /* through a chain, for one sample */
#define STEP_ROUNDS	1 /* the same for stepped instructions, whose hits take ten times as long */
#define LEARNING_ROUNDS 80
#define COUNT_ROUNDS	8
#define COUNT_HITS	(COUNT_ROUNDS * CALIBRATE_CHAIN_LENGTH)
#define WARM_UP		4  /* samples that are thrown away at the beginning */
#define MIN_SAMPLES	16 /* are taken however long they take */
#define MAX_SAMPLES	64
#define SAMPLING_NS	12000000 /* no further samples are begun after this time */
#define MOST_TRIES	256	 /* how often a sample is tried; one that fails is not counted */
/*
 * The share of an emulated hit's cost that lies before the program reads the clock. In a tight loop one measures a
 * half. It is somewhat more in real programs, because branch prediction and caches are not prepared for a hit there,
 * and the part before the clock suffers most from that.
 */
#define PRE_SHARE    0.7
#define PATIENCE_MS  3000
#define LIFE_SECONDS 10 /* after this time the measuring process is ended, whatever it is doing */

#define EDGES (size_t)(2 * CALIBRATE_TARGET_SITES)

/* Samples of what one hit takes, in nanoseconds. */
struct samples {
	size_t n;				       /* how many there are in each array */
	double price[INSN_PROBE_CLASSES][MAX_SAMPLES]; /* the whole hit */
	double self[INSN_PROBE_CLASSES][MAX_SAMPLES];  /* the BPF program's own time */
	double path[LPROF_PATHS][MAX_SAMPLES];	       /* its own time on each path */
	double clock[MAX_SAMPLES];		       /* reading the clock */
	/* Of the counting program: its own time, and the whole hit with the gate open and closed. */
	double count_self[MAX_SAMPLES], count[MAX_SAMPLES], closed[MAX_SAMPLES];
	double kinds[CALIBRATION_KINDS][CALIBRATION_RATIOS][MAX_SAMPLES]; /* the time of each kind's programs */
};

struct answer {
	int err;
	struct calibration calibration;
};

/* The times that the edges of sites FIRST ... FIRST + N - 1 were charged with since BEFORE, divided by the arrivals. */
static struct lprof_times each_of(const struct lprof_edge *now, const struct lprof_edge *before, int first, int n)
{
	struct lprof_times sum = {0};
	uint64_t arrivals = 0;

	for (int i = 2 * first; i < 2 * (first + n); i++) {
		arrivals += now[i].arrivals - before[i].arrivals;
		sum.cpu_ns += now[i].times.cpu_ns - before[i].times.cpu_ns;
		sum.probe_ns += now[i].times.probe_ns - before[i].times.probe_ns;
		sum.program_ns += now[i].times.program_ns - before[i].times.program_ns;
	}
	return (struct lprof_times){
		.cpu_ns = arrivals ? sum.cpu_ns / arrivals : 0,
		.probe_ns = arrivals ? sum.probe_ns / arrivals : 0,
		.program_ns = arrivals ? sum.program_ns / arrivals : 0,
	};
}

/*
 * Takes a sample from the edges between hits in the newest frame, so without those of the chain's first and last site.
 */
static bool take_class_sample(const struct lprof_edge *now, const struct lprof_edge *before, int class,
			      struct samples *samples)
{
	struct lprof_times each =
		each_of(now, before, class * CALIBRATE_TARGET_LENGTH + 1, CALIBRATE_TARGET_LENGTH - 2);

	/* While calibrating, the program reads the clock twice more than it does in a profiling run. */
	samples->price[class][samples->n] = (double)each.cpu_ns - 2 * (double)each.program_ns;
	samples->self[class][samples->n] = (double)each.probe_ns;
	if (class == INSN_PROBE_JMP) {
		samples->path[LPROF_PATH_NEWEST][samples->n] = (double)each.probe_ns;
		samples->clock[samples->n] = (double)each.program_ns;
	}
	return each.probe_ns && each.program_ns && each.cpu_ns > 2 * each.program_ns;
}

/*
 * LPROF_PATH_SWITCH stores one frame and fetches another. That cannot be measured alone, so its time is computed:
 * RESUME plus NESTED minus ENTRY.
 */
static void take_path_samples(const struct lprof_edge *now, const struct lprof_edge *before, struct samples *samples)
{
	int first = CALIBRATE_TARGET_NESTED * CALIBRATE_TARGET_LENGTH;
	double newest = samples->path[LPROF_PATH_NEWEST][samples->n];
	double inner = (double)each_of(now, before, first + CALIBRATE_TARGET_INNER, 1).probe_ns;
	double resume = (double)each_of(now, before, first + CALIBRATE_TARGET_AGAIN, 1).probe_ns;
	/* The outer frame's first edge passes both hits of the inner one. */
	double entry = (double)each_of(now, before, first + CALIBRATE_TARGET_OUTER, 1).probe_ns - inner - newest;

	samples->path[LPROF_PATH_ENTRY][samples->n] = entry;
	samples->path[LPROF_PATH_NESTED][samples->n] = inner;
	samples->path[LPROF_PATH_RESUME][samples->n] = resume;
	samples->path[LPROF_PATH_SWITCH][samples->n] = resume + inner - entry;
}

/* What is measured, and how far that has come. */
struct measuring {
	const struct calibration_request *request;
	struct session *session;
	void *states[CALIBRATION_KINDS];
	struct lprof_edge edges[EDGES]; /* what had been counted when the last sample was taken */
	struct samples samples;
};

static bool take_kind_samples(struct measuring *measuring, const struct counters *counters)
{
	struct samples *samples = &measuring->samples;
	bool complete = true;

	for (size_t i = 0; i < measuring->request->n_kinds; i++) {
		const struct calibration_kind *kind = measuring->request->kinds[i];
		double self_ns[CALIBRATION_RATIOS];

		complete &= kind->take(measuring->states[i], counters, self_ns);
		for (unsigned k = 0; k < kind->n_ratios; k++)
			samples->kinds[i][k][samples->n] = self_ns[k];
	}
	return complete;
}

static void run_kinds(const struct calibration_request *request, uint32_t rounds)
{
	for (size_t i = 0; i < request->n_kinds; i++)
		request->kinds[i]->run(rounds);
}

/* Runs through the chain of the counting program. Returns what one hit takes. */
static double run_count(const struct measuring *measuring, uint64_t until_ns)
{
	uint64_t start_ns;

	session__skeleton(measuring->session)->bss->gate.window_until_ns = until_ns;
	start_ns = clock__monotonic_ns();
	calibrate_target__run(CALIBRATE_TARGET_COUNT, COUNT_ROUNDS);
	return (double)(clock__monotonic_ns() - start_ns) / COUNT_HITS;
}

/*
 * The counting program knows no frame that would be timed. So its hits are timed from outside, where they cannot be
 * told from what may interrupt them; the median of many samples can.
 */
static int take_count_sample(struct measuring *measuring)
{
	int fd = bpf_map__fd(session__skeleton(measuring->session)->maps.spending), err;
	struct samples *samples = &measuring->samples;
	struct gate_spending before, after;

	if (!measuring->request->budgeted)
		return 0;
	samples->closed[samples->n] = run_count(measuring, 0);
	err = gate_spending__read(fd, &before);
	samples->count[samples->n] = run_count(measuring, UINT64_MAX) - samples->clock[samples->n];
	if (!err)
		err = gate_spending__read(fd, &after);
	if (!err)
		samples->count_self[samples->n] = (double)(after.window_ns - before.window_ns) / COUNT_HITS;
	return err;
}

/* Runs all chains once and takes a sample of each time; it is dropped if one of them cannot be told. */
static int take_sample(struct measuring *measuring)
{
	struct samples *samples = &measuring->samples;
	struct lprof_edge *before = measuring->edges;
	const struct lprof_edge *now;
	struct counters counters;
	bool complete = true;
	int err;

	run_kinds(measuring->request, ROUNDS);
	for (int chain = 0; chain < CALIBRATE_TARGET_CHAINS; chain++)
		calibrate_target__run(chain, chain == INSN_PROBE_STEP ? STEP_ROUNDS : ROUNDS);
	err = session__collect(measuring->session, &counters);
	if (err)
		return err;
	now = counters.n_owners ? counters.owners[0].edges : before;
	for (int class = 0; class < INSN_PROBE_CLASSES; class ++)
		complete &= take_class_sample(now, before, class, samples);
	take_path_samples(now, before, samples);
	complete &= take_kind_samples(measuring, &counters);
	err = take_count_sample(measuring);
	samples->n += complete; /* otherwise the next sample overwrites this one, which was interrupted */
	memmove(before, now, EDGES * sizeof(*now));
	counters__release(&counters);
	return err;
}

static int sample(struct measuring *measuring)
{
	struct samples *samples = &measuring->samples;
	uint64_t start_ns = clock__monotonic_ns();
	int err = 0;

	/* A program for an interpreter takes longer until it has learnt which register holds the frame. */
	run_kinds(measuring->request, LEARNING_ROUNDS);
	for (int i = 0; !err && i < WARM_UP; i++) {
		samples->n = 0;
		err = take_sample(measuring);
	}
	samples->n = 0;
	for (int i = 0; !err && i < MOST_TRIES && samples->n < MAX_SAMPLES; i++) {
		if (samples->n >= MIN_SAMPLES && clock__monotonic_ns() - start_ns >= SAMPLING_NS)
			break;
		err = take_sample(measuring);
	}
	return err || samples->n >= MIN_SAMPLES ? err : -ENODATA;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double values[MAX_SAMPLES], size_t n, double q)
{
	double sorted[MAX_SAMPLES];

	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	return sorted[(size_t)(q * (double)(n - 1) + 0.5)];
}

static uint32_t to_ratio(double x)
{
	return x > 0 ? (uint32_t)(x * (1 << LPROF_RATIO_BITS) + 0.5) : 0;
}

static double from_ratio(uint32_t ratio)
{
	return (double)ratio / (1 << LPROF_RATIO_BITS);
}

static void evaluate_class(const struct samples *samples, int class, struct calibration *out)
{
	double ratios[MAX_SAMPLES], range;
	size_t n = samples->n;

	for (size_t i = 0; i < n; i++)
		ratios[i] = samples->price[class][i] / samples->self[class][i];
	out->price_ns[class] = (uint32_t)(quantile(samples->price[class], n, 0.5) + 0.5);
	out->kernel_ratio[class] = to_ratio(quantile(ratios, n, 0.5) - 1);
	range = (quantile(ratios, n, 0.75) - quantile(ratios, n, 0.25)) / quantile(ratios, n, 0.5);
	out->uncertainty_ns[class] = (uint32_t)(range / 2 * out->price_ns[class] + 0.5);
}

/*
 * The kernel takes as long to emulate a call as a push. So if a call costs more than a push, the difference is the
 * price of the mispredicted return that belongs to the call.
 */
static void evaluate_return(const struct samples *samples, double self_ns, struct calibration *out)
{
	uint32_t push = out->kernel_ratio[INSN_PROBE_PUSH];
	double returns[MAX_SAMPLES];

	for (size_t i = 0; i < samples->n; i++)
		returns[i] =
			samples->price[INSN_PROBE_CALL][i] - samples->self[INSN_PROBE_CALL][i] * (1 + from_ratio(push));
	out->kernel_ratio[INSN_PROBE_CALL] = push;
	out->prices.return_ratio = to_ratio(quantile(returns, samples->n, 0.5) / self_ns);
}

/* The kernel's share of a hit is taken to be that of the other program, so that ratios of classes hold for both. */
static void evaluate_count(const struct samples *samples, double self_ns, struct calibration *out)
{
	double kernel = from_ratio(out->kernel_ratio[INSN_PROBE_JMP]);
	size_t n = samples->n;

	out->prices.count_self_ratio = to_ratio(quantile(samples->count_self, n, 0.5) / self_ns);
	out->prices.count_ratio = to_ratio(quantile(samples->count, n, 0.5) / self_ns - kernel);
	out->prices.closed_ratio = to_ratio(quantile(samples->closed, n, 0.5) / self_ns - kernel);
}

static void evaluate(const struct calibration_request *request, const struct samples *samples, struct calibration *out)
{
	size_t n = samples->n;
	double self_ns;

	*out = (struct calibration){.source = CALIBRATION_MEASURED};
	self_ns = quantile(samples->path[LPROF_PATH_NEWEST], n, 0.5);
	out->prices.self_ns = (uint32_t)(self_ns + 0.5);
	out->prices.clock_ratio = to_ratio(quantile(samples->clock, n, 0.5) / self_ns);
	for (int path = 0; path < LPROF_PATHS; path++)
		out->prices.path_ratio[path] = to_ratio(quantile(samples->path[path], n, 0.5) / self_ns);
	for (int class = 0; class < INSN_PROBE_CLASSES; class ++)
		evaluate_class(samples, class, out);
	evaluate_return(samples, self_ns, out);
	if (request->budgeted)
		evaluate_count(samples, self_ns, out);
	for (size_t i = 0; i < request->n_kinds; i++)
		for (unsigned k = 0; k < request->kinds[i]->n_ratios; k++)
			out->kind_ratios[i][k] = to_ratio(quantile(samples->kinds[i][k], n, 0.5) / self_ns);
	out->prices.pre_ratio = (uint32_t)(PRE_SHARE * ((1 << LPROF_RATIO_BITS) + out->kernel_ratio[INSN_PROBE_JMP]));
}

/* Fills in, for each kind, its part of the session and the probes that are to be attached. */
static int open_kinds(struct measuring *measuring, struct session_part *parts, struct session_object *objects)
{
	int err = 0;

	for (size_t i = 0; !err && i < measuring->request->n_kinds; i++)
		err = measuring->request->kinds[i]->open(&parts[i], &objects[i], &measuring->states[i]);
	return err;
}

/* The objects of the chains: that of the counting program is left out if it is not loaded. Returns their number. */
static size_t chain_objects(const struct calibration_request *request, const uint64_t *offsets,
			    struct session_object *objects)
{
	const uint32_t first = CALIBRATE_TARGET_COUNT * CALIBRATE_TARGET_LENGTH;

	objects[0] = (struct session_object){.kind = &sites__kind, .offsets = offsets, .n = first};
	if (!request->budgeted)
		return 1;
	objects[1] = (struct session_object){
		.kind = &sites__kind,
		.program = SESSION_COUNT,
		.offsets = offsets + first,
		.first_site = first,
		.n = CALIBRATE_TARGET_LENGTH,
	};
	return 2;
}

static int attach_objects(struct measuring *measuring, struct session_object *objects, size_t n,
			  const struct diag *diag)
{
	const struct session_lease lease = {.until_ns = UINT64_MAX};
	int err = 0;

	if (measuring->request->budgeted) {
		(void)session__renew(measuring->session, &lease);
		session__skeleton(measuring->session)->bss->gate.window_limit_ns = UINT64_MAX;
	}
	for (size_t i = 0; !err && i < n; i++) {
		objects[i].name = "calibration";
		objects[i].path = "/proc/self/exe";
		err = session__attach(measuring->session, &objects[i], diag);
	}
	return err;
}

static int attach_chains(struct measuring *measuring, const struct diag *diag)
{
	struct lprof_site items[CALIBRATE_TARGET_SITES];
	const struct sites sites = {.items = items, .n = CALIBRATE_TARGET_SITES};
	uint64_t offsets[CALIBRATE_TARGET_SITES];
	struct session_part parts[1 + CALIBRATION_KINDS] = {{&sites__kind, &sites}};
	struct session_object objects[2 + CALIBRATION_KINDS] = {0};
	size_t n_objects = chain_objects(measuring->request, offsets, objects);
	pid_t self = getpid();
	struct session_config config = {
		.parts = parts,
		.n_parts = 1 + measuring->request->n_kinds,
		.pids = &self,
		.n_pids = 1,
		.by = measuring->request->apart ? LPROF_BY_PROCESS : LPROF_BY_NOTHING,
		.bare = true,
		.budgeted = measuring->request->budgeted,
	};
	int err = calibrate_target__sites(items, offsets);

	for (int path = 0; path < LPROF_PATHS; path++)
		config.prices.path_ratio[path] = 1 << LPROF_RATIO_BITS;
	if (!err)
		err = open_kinds(measuring, &parts[1], &objects[n_objects]);
	if (!err)
		err = session__open(&config, diag, &measuring->session);
	if (!err)
		err = attach_objects(measuring, objects, n_objects + measuring->request->n_kinds, diag);
	if (!err)
		session__start(measuring->session, 0);
	return err;
}

static int measure_here(const struct calibration_request *request, struct calibration *out)
{
	const struct diag silent = {.stream = stderr, .verbosity = -1}; /* stderr leads to /dev/null in this process */
	struct measuring measuring = {.request = request};
	int err = attach_chains(&measuring, &silent);

	if (!err)
		err = sample(&measuring);
	if (!err)
		evaluate(request, &measuring.samples, out);
	return err; /* the session is not closed: the end of the process releases it */
}

/* Rids the process of everything that it has from its parent: open files, the terminal, blocked signals. */
static int let_go(int keep)
{
	sigset_t none;

	sigemptyset(&none);
	signal(SIGALRM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(LIFE_SECONDS);
	priority__raise();
	return detached__become(keep);
}

static void __attribute__((noreturn)) run_measuring_process(const struct calibration_request *request, int fd)
{
	struct answer answer = {0};
	ssize_t written;

	fd = fcntl(fd, F_DUPFD_CLOEXEC,
		   3); /* FD may be one of 0 to 2, if the parent had been started with these closed */
	answer.err = fd < 0 ? -errno : let_go(fd);
	if (!answer.err)
		answer.err = measure_here(request, &answer.calibration);
	written = write(fd, &answer, sizeof(answer));
	close(fd);
	_exit(written == sizeof(answer) ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Forks twice. The process between ends at once and is reaped here, so that the measuring process is not our child. */
static int start_measuring_process(const struct calibration_request *request, int fd)
{
	pid_t between = priority__fork();

	if (between < 0)
		return -errno;
	if (!between) {
		pid_t pid = priority__fork();

		if (!pid)
			run_measuring_process(request, fd);
		_exit(pid < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* Waits for the answer. If the process ends without one, that reads as the end of the pipe. */
static int read_answer(int fd, struct answer *answer)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	uint64_t start_ns = clock__monotonic_ns();
	int ready;

	do {
		double left_ms = PATIENCE_MS - clock__ms_since(start_ns);

		ready = poll(&pollfd, 1, left_ms > 0 ? (int)left_ms : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return ready ? -errno : -ETIMEDOUT;
	return read(fd, answer, sizeof(*answer)) == sizeof(*answer) ? 0 : -EIO;
}

int calibrate__measure(const struct calibration_request *request, struct calibration *out)
{
	struct answer answer = {0};
	int fds[2], err;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	err = start_measuring_process(request, fds[1]);
	close(fds[1]);
	if (!err)
		err = read_answer(fds[0], &answer);
	close(fds[0]);
	if (!err)
		err = answer.err;
	if (!err)
		*out = answer.calibration;
	return err;
}
