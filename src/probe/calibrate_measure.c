// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The price of a probe class is the time from the program's reading of the clock at one hit to its reading at the
 * next, when nothing but the rest of the first hit and the beginning of the second lies between. That is what the
 * edges of a chain of adjacent probed instructions measure. Their probe_ns is what the program took by its own
 * measuring, so that price and ratio come from the same hits.
 *
 * A sample is the mean over a batch so short that it is seldom interrupted; the price is the samples' median, and
 * so is the ratio; half the interquartile range of the ratios is the uncertainty. The classes are measured by
 * turns, so that a change of the processor's speed meets all of them.
 *
 * The measuring process is its own target. Taking probes out costs tens of milliseconds and is the kernel's
 * business when that process exits; hence it is nobody's child and is not waited for, and holds nothing that
 * was open here: a reader at the other end of our standard output must not wait for it.
 */
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
#include "probe/calibrate.h"
#include "probe/calibrate_target.h"
#include "probe/detached.h"
#include "probe/priority.h"
#include "probe/session.h"

#define ROUNDS		4 /* through a chain, per sample */
#define STEP_ROUNDS	1 /* ... where a hit takes ten times as long */
#define LEARNING_ROUNDS 80
#define WARM_UP		4  /* samples thrown away */
#define MIN_SAMPLES	16 /* however long they take */
#define MAX_SAMPLES	64
#define SAMPLING_NS	12000000
#define MOST_TRIES	256 /* to take a sample */
/*
 * So much of the cost of an emulated hit lies before the program reads the clock. Where branch prediction and caches
 * are unprepared for a hit that is where it shows, hence somewhat more than the half that one measures otherwise.
 */
#define PRE_SHARE    0.7
#define PATIENCE_MS  3000
#define LIFE_SECONDS 10 /* of the measuring process, whatever happens */

#define EDGES (size_t)(2 * CALIBRATE_TARGET_SITES)

/* What one hit takes, in nanoseconds. */
struct samples {
	size_t n; /* of each */
	double price[INSN_PROBE_CLASSES][MAX_SAMPLES];
	double self[INSN_PROBE_CLASSES][MAX_SAMPLES]; /* the program's own time */
	double path[LPROF_PATHS][MAX_SAMPLES];	      /* the same by path */
	double clock[MAX_SAMPLES];		      /* reading the clock */
	double line[MAX_SAMPLES];		      /* the program's own time for an interpreter's line */
	double other[MAX_SAMPLES];		      /* ... for one of a function that is not wanted */
};

struct answer {
	int err;
	struct calibration calibration;
};

/* What the edges of some sites counted since BEFORE, for one arrival. */
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

/* Of a chain's edges those that begin in a hit of the newest frame, which is neither the first nor the last. */
static bool take_class_sample(const struct lprof_edge *now, const struct lprof_edge *before, int class,
			      struct samples *samples)
{
	struct lprof_times each =
		each_of(now, before, class * CALIBRATE_TARGET_LENGTH + 1, CALIBRATE_TARGET_LENGTH - 2);

	/* The clock is read twice more than it is later. */
	samples->price[class][samples->n] = (double)each.cpu_ns - 2 * (double)each.program_ns;
	samples->self[class][samples->n] = (double)each.probe_ns;
	if (class == INSN_PROBE_JMP) {
		samples->path[LPROF_PATH_NEWEST][samples->n] = (double)each.probe_ns;
		samples->clock[samples->n] = (double)each.program_ns;
	}
	return each.probe_ns && each.program_ns && each.cpu_ns > 2 * each.program_ns;
}

/* What putting aside and taking up a frame take adds up when both are done at once. */
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

/* What was counted of the lines that begin in a chain's sites FIRST to FIRST + N - 1. */
static struct lprof_edge lines_of(const struct counters *counters, int chain, int first, int n)
{
	uint32_t begin = (uint32_t)calibrate_target__line(chain, first);
	struct lprof_edge sum = {0};

	for (size_t i = 0; i < counters->n_lines; i++) {
		const struct lprof_edge *edge = &counters->interpreted[counters->lines[i].edge];

		if (counters->lines[i].line < begin || counters->lines[i].line >= begin + (uint32_t)n)
			continue;
		sum.arrivals += edge->arrivals;
		lprof_times__add(&sum.times, &edge->times);
	}
	return sum;
}

static double self_since(const struct lprof_edge *now, const struct lprof_edge *before)
{
	uint64_t arrivals = now->arrivals - before->arrivals;

	return arrivals ? (double)(now->times.probe_ns - before->times.probe_ns) / (double)arrivals : 0;
}

/* An interpreter's lines; the first one of the other chain lasts until the last one begins. */
static bool take_python_sample(const struct counters *counters, struct lprof_edge before[2], struct samples *samples)
{
	const struct lprof_edge now[2] = {
		lines_of(counters, CALIBRATE_TARGET_LINES, 1, CALIBRATE_TARGET_LENGTH - 2),
		lines_of(counters, CALIBRATE_TARGET_OTHERS, 0, 1),
	};
	double line = self_since(&now[0], &before[0]), others = self_since(&now[1], &before[1]) - line;

	samples->line[samples->n] = line;
	samples->other[samples->n] = others / (CALIBRATE_TARGET_LENGTH - 2);
	memcpy(before, now, sizeof(now));
	return line > 0 && others > 0;
}

/* What had been counted when the last sample was taken. */
struct counted {
	struct lprof_edge edges[EDGES];
	struct lprof_edge lines[2];
};

/* One sample of everything. */
static int take_sample(struct session *session, unsigned what, struct counted *counted, struct samples *samples)
{
	struct lprof_edge *before = counted->edges;
	const struct lprof_edge *now;
	struct counters counters;
	bool complete = true;
	int err;

	if (what & CALIBRATE_PYTHON) {
		calibrate_target__run(CALIBRATE_TARGET_LINES, ROUNDS);
		calibrate_target__run(CALIBRATE_TARGET_OTHERS, ROUNDS);
	}

	for (int chain = 0; chain < CALIBRATE_TARGET_CHAINS; chain++)
		calibrate_target__run(chain, chain == INSN_PROBE_STEP ? STEP_ROUNDS : ROUNDS);
	err = session__collect(session, &counters);
	if (err)
		return err;
	now = counters.n_owners ? counters.owners[0].edges : before;
	for (int class = 0; class < INSN_PROBE_CLASSES; class ++)
		complete &= take_class_sample(now, before, class, samples);
	take_path_samples(now, before, samples);
	if (what & CALIBRATE_PYTHON)
		complete &= take_python_sample(&counters, counted->lines, samples);
	samples->n += complete; /* what was interrupted at the wrong moment is left out */
	memmove(before, now, EDGES * sizeof(*now));
	counters__release(&counters);
	return 0;
}

static int sample(struct session *session, unsigned what, struct samples *samples)
{
	struct counted counted = {0};
	uint64_t start_ns = clock__monotonic_ns();
	int err = 0;

	/* Before the program knows where the interpreter has its frame, it takes longer. */
	for (int chain = CALIBRATE_TARGET_LINES; what & CALIBRATE_PYTHON && chain <= CALIBRATE_TARGET_OTHERS; chain++)
		calibrate_target__run(chain, LEARNING_ROUNDS);
	for (int i = 0; !err && i < WARM_UP; i++) {
		samples->n = 0;
		err = take_sample(session, what, &counted, samples);
	}
	samples->n = 0;
	for (int i = 0; !err && i < MOST_TRIES && samples->n < MAX_SAMPLES; i++) {
		if (samples->n >= MIN_SAMPLES && clock__monotonic_ns() - start_ns >= SAMPLING_NS)
			break;
		err = take_sample(session, what, &counted, samples);
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

/* The kernel emulates a push as it does a call: what a call costs beyond is the return behind it. */
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

static void evaluate(const struct samples *samples, struct calibration *out)
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
	out->python_prices = (struct lprof_python_prices){
		.line_ratio = to_ratio(quantile(samples->line, n, 0.5) / self_ns),
		.other_ratio = to_ratio(quantile(samples->other, n, 0.5) / self_ns),
	};
	out->prices.pre_ratio = (uint32_t)(PRE_SHARE * ((1 << LPROF_RATIO_BITS) + out->kernel_ratio[INSN_PROBE_JMP]));
}

static int attach_sites(struct session *session, enum session_program program, const uint64_t *offsets, uint32_t n,
			const struct diag *diag)
{
	const struct session_object object = {
		.program = program,
		.name = "calibration",
		.path = "/proc/self/exe",
		.offsets = offsets,
		.n = n,
	};

	return session__attach(session, &object, diag);
}

static int attach_chains(unsigned what, const struct diag *diag, struct session **session)
{
	static const struct lprof_python_name name = {CALIBRATE_TARGET_NAME};
	struct lprof_site sites[CALIBRATE_TARGET_SITES];
	struct lprof_python_site python_sites[CALIBRATE_TARGET_PYTHON_SITES];
	uint64_t offsets[CALIBRATE_TARGET_SITES], python_offsets[CALIBRATE_TARGET_PYTHON_SITES];
	pid_t self = getpid();
	struct session_config config = {
		.sites = sites,
		.n_sites = CALIBRATE_TARGET_SITES,
		.pids = &self,
		.n_pids = 1,
		.by = what & CALIBRATE_APART ? LPROF_BY_PROCESS : LPROF_BY_NOTHING,
		.bare = true,
	};
	int err = calibrate_target__sites(sites, offsets);

	for (int path = 0; path < LPROF_PATHS; path++)
		config.prices.path_ratio[path] = 1 << LPROF_RATIO_BITS;
	if (!err && what & CALIBRATE_PYTHON) {
		err = calibrate_target__python(python_sites, python_offsets);
		config.python = (struct python_maps_config){
			.sites = python_sites,
			.n_sites = CALIBRATE_TARGET_PYTHON_SITES,
			.names = &name,
			.n_names = 1,
			.bare = true,
		};
	}
	if (!err)
		err = session__open(&config, diag, session);
	if (!err)
		err = attach_sites(*session, SESSION_NATIVE, offsets, CALIBRATE_TARGET_SITES, diag);
	if (!err && what & CALIBRATE_PYTHON)
		err = attach_sites(*session, SESSION_PYTHON_LINE, python_offsets, CALIBRATE_TARGET_PYTHON_SITES, diag);
	if (!err)
		session__start(*session, 0);
	return err;
}

static int measure_here(unsigned what, struct calibration *out)
{
	const struct diag silent = {.stream = stderr, .verbosity = -1}; /* errors go where stderr leads: nowhere */
	struct session *session;
	struct samples samples = {0};
	int err = attach_chains(what, &silent, &session);

	if (!err)
		err = sample(session, what, &samples);
	if (!err)
		evaluate(&samples, out);
	return err; /* the session ends with the process */
}

/* Nothing of the parent's may stay open, be in use, or reach us. */
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

static void __attribute__((noreturn)) run_measuring_process(unsigned what, int fd)
{
	struct answer answer = {0};
	ssize_t written;

	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3); /* the standard ones may have been closed */
	answer.err = fd < 0 ? -errno : let_go(fd);
	if (!answer.err)
		answer.err = measure_here(what, &answer.calibration);
	written = write(fd, &answer, sizeof(answer));
	close(fd);
	_exit(written == sizeof(answer) ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Forks twice: the process between ends at once and is reaped here, so that the other one is not ours. */
static int start_measuring_process(unsigned what, int fd)
{
	pid_t between = priority__fork();

	if (between < 0)
		return -errno;
	if (!between) {
		pid_t pid = priority__fork();

		if (!pid)
			run_measuring_process(what, fd);
		_exit(pid < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* The end of the process without a word reads as the end of the pipe. */
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

int calibrate__measure(unsigned what, struct calibration *out)
{
	struct answer answer = {0};
	int fds[2], err;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	err = start_measuring_process(what, fds[1]);
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
