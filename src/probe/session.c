// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/session.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/pid_namespace.h"
#include "lprof.skel.h"
#include "probe/attach.h"
#include "probe/crowd.h"
#include "probe/follow.h"
#include "probe/gate_view.h"
#include "probe/keeper.h"
#include "probe/kin.h"
#include "probe/leftover.h"
#include "probe/load_failure.h"
#include "probe/probed.h"
#include "probe/put_in.h"
#include "probe/sampler.h"
#include "probe/target_clock.h"
#include "probe/target_time.h"
#include "probe/targets.h"
#include "probe/unprobed.h"
#include "probe/windows.h"

#define LOG_SIZE (1 << 20)

/*
 * Periods of sampling a processor. A sample takes about 20 us of the program's time (bpf/sample.bpf.c), and one in a
 * hundred is the most that samples may take for long. In the first seconds there are more of them, because then the
 * functions are looked for in which probes are worth while. While probes take most of the threads' time, few samples
 * find the program itself, so there must be still more; those that find a probe are quick. At first it is not known
 * yet. None is near a round number: a program that wakes up every ten milliseconds would be sampled in the same part of
 * its work each time. The two longest, the square and the cube of the golden ratio in milliseconds, are far from all
 * simple fractions of such times.
 */
#define SAMPLE_NS	   2618033
#define SAMPLE_BUDGETED_NS 4236068 /* with probes within a budget, of which samples must leave most */
#define SAMPLE_EARLY_NS	   1003009
#define SAMPLE_OFTEN_NS	   100313
#define SAMPLE_FIRST_NS	   250751
#define PROBES_PERCENT	   50
#define EARLY_NS	   (2 * CLOCK_SECOND_NS)

/* Processes whose mappings the sampler can know: those that it is told of and some more, or those of the machine. */
#define MORE_SPACES 8
#define MANY_SPACES 256

/*
 * How long detaching is waited for in a crowd. The breakpoints are out within tenths of a second, but then the kernel
 * waits for its own starved threads before it returns: that was seen to take half a minute.
 */
#define CROWD_PATIENCE_MS 1000

/* Looking at what processes map may take this part of the time. */
#define LOOK_COST 200

#define FEW_FRAMES   256  /* size of the map `frames` while calibrating */
#define MANY_CLOCKED 4096 /* size of the map `clocked` in a system-wide session */
#define MANY_OWNERS  1024 /* size of the map `owners` when owners are told apart */

/* The section of the programs that are attached to probes, by libbpf's convention. */
#define PROBE_SECTION "uprobe"

enum link {
	LINK_SWITCH,
	LINK_EXIT,
	LINK_EXEC,
	LINK_THREADS,
	LINK_FORK,
	LINK_KIN_EXEC,
	LINK_SIGNAL,
	LINK_SIGRETURN,
	LINK_COPIED,
	N_LINKS
};

/* A BPF program that probes run. */
struct program {
	const struct session_kind *kind;
	unsigned number; /* among those of its kind */
	struct bpf_program *loaded;
	int fd; /* once it is loaded */
};

struct session {
	struct lprof_bpf *skel;
	enum attach_way way;
	struct program *programs;
	size_t n_programs;
	struct targets targets;
	struct put_in put_in;	/* of a growing session */
	uint32_t pid_namespace; /* as pid_namespace__number() has it */
	struct keeper *keeper;
	size_t n_probes; /* how many are in */
	struct bpf_link *links[N_LINKS];
	struct sampler *sampler; /* NULL: there is none */
	int sampling;		 /* as session__sampling() returns it */
	struct probed probed;
	struct unprobed *unprobed;	/* NULL: not looked for */
	struct kin *kin;		/* likewise */
	struct target_clock *clock;	/* of system-wide sessions with a budget only */
	struct windows *windows;	/* NULL: there is no budget */
	uint64_t look_ns;		/* when processes are to be looked at again */
	struct counters_stats adjusted; /* what had been sampled when the sampler was last adjusted */
	uint64_t early_ns;		/* for so long are samples more frequent */
	uint64_t early_until_ns;
	uint64_t until_ns;   /* when the BPF programs stop counting by themselves */
	uint64_t stopped_ns; /* when counting stopped; 0: it has not */
};

/* The BPF programs that run on other events of the kernel than probes. */
static struct bpf_program *linked_program(const struct lprof_bpf *skel, enum link link)
{
	struct bpf_program *const programs[N_LINKS] = {
		[LINK_SWITCH] = skel->progs.lprof_switch, [LINK_EXIT] = skel->progs.lprof_exit,
		[LINK_EXEC] = skel->progs.lprof_exec,	  [LINK_THREADS] = skel->progs.lprof_threads,
		[LINK_FORK] = skel->progs.lprof_fork,	  [LINK_KIN_EXEC] = skel->progs.lprof_kin_exec,
		[LINK_SIGNAL] = skel->progs.lprof_signal, [LINK_SIGRETURN] = skel->progs.lprof_sigreturn,
		[LINK_COPIED] = skel->progs.lprof_copied,
	};

	return programs[link];
}

/* For a bare session: does not load these programs, and makes the maps small, because large ones take long to make. */
static void leave_out_links(struct lprof_bpf *skel)
{
	bpf_map__set_max_entries(skel->maps.frames, FEW_FRAMES);
	bpf_map__set_max_entries(skel->maps.ended, 1);
	for (int i = 0; i < N_LINKS; i++)
		bpf_program__set_autoload(linked_program(skel, i), false);
	bpf_program__set_autoload(skel->progs.lprof_sample, false);
	bpf_program__set_autoload(skel->progs.lprof_blocked, false);
}

static void configure_filter(struct session *session)
{
	session->skel->rodata->pid_namespace = session->pid_namespace;
	bpf_program__set_autoload(session->skel->progs.lprof_mapped_inodes, false); /* it is for mapped_inodes.c */
	follow__leave_out(session->skel);
	/* Where the children of targets become targets too, only those are told of that were there before. */
	if (!session->targets.n || session->targets.growing) {
		bpf_program__set_autoload(session->skel->progs.lprof_fork, false);
		bpf_program__set_autoload(session->skel->progs.lprof_kin_exec, false);
	}
	targets__configure(&session->targets, session->skel);
}

/* Lists the BPF programs that the parts of the session want. */
static int find_programs(struct session *session, const struct session_config *config)
{
	const struct lprof_bpf *skel = session->skel;
	size_t most = 1;

	for (size_t i = 0; i < config->n_parts; i++)
		most += config->parts[i].kind->n_programs;
	session->programs = calloc(most, sizeof(*session->programs));
	if (!session->programs)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_parts; i++) {
		const struct session_part *part = &config->parts[i];

		for (unsigned number = 0; number < part->kind->n_programs; number++) {
			struct bpf_program *program = part->kind->program(skel, part->data, number);

			if (!program)
				continue;
			session->programs[session->n_programs++] = (struct program){
				.kind = part->kind,
				.number = number,
				.loaded = config->empty_probe ? skel->progs.lprof_empty : program,
			};
		}
	}
	return 0;
}

/* Makes libbpf load, of all programs for probes, only those that a part of this session wants. */
static void configure_programs(struct session *session)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program,
				     session->skel->obj) if (!strcmp(bpf_program__section_name(program), PROBE_SECTION))
		bpf_program__set_autoload(program, false);
	for (size_t i = 0; i < session->n_programs; i++) {
		program = session->programs[i].loaded;
		bpf_program__set_autoload(program, true);
		bpf_program__set_expected_attach_type(program,
						      (enum bpf_attach_type)attach__expected_type(session->way));
	}
}

static int configure(struct session *session, const struct session_config *config)
{
	struct lprof_bpf *skel = session->skel;
	int err;

	skel->rodata->clock_listed = config->budgeted && !config->n_pids;
	if (skel->rodata->clock_listed)
		bpf_map__set_max_entries(skel->maps.clocked, MANY_CLOCKED);
	skel->rodata->can_wake = config->budgeted && !config->bare && gate_view__can_wake();
	skel->rodata->budgeted = config->budgeted; /* on which it depends which programs are wanted */
	err = find_programs(session, config);
	if (err)
		return err;
	configure_programs(session);
	skel->rodata->prices = config->prices;
	skel->rodata->by = config->by;
	if (config->by)
		bpf_map__set_max_entries(skel->maps.owners, MANY_OWNERS);
	configure_filter(session);
	skel->rodata->after_exec = config->after_exec && config->n_pids ? (uint32_t)config->pids[0] : 0;
	skel->rodata->walk_stacks = !config->bare && sampler__can_walk();
	if (skel->rodata->walk_stacks && config->n_unwind_rows)
		bpf_map__set_max_entries(skel->maps.unwind_rows, config->n_unwind_rows);
	if (!config->bare)
		bpf_map__set_max_entries(skel->maps.spaces, session->targets.n && !session->targets.growing
								    ? session->targets.n + MORE_SPACES
								    : MANY_SPACES);
	for (size_t i = 0; i < config->n_parts; i++)
		config->parts[i].kind->configure(skel, config->parts[i].data);
	bpf_program__set_autoload(skel->progs.lprof_copied, config->budgeted);
	skel->bss->gate.watched = config->budgeted && !config->bare;
	bpf_program__set_autoload(skel->progs.lprof_signal, skel->rodata->some_spared);
	bpf_program__set_autoload(skel->progs.lprof_sigreturn, skel->rodata->some_spared);
	if (config->bare)
		leave_out_links(skel);
	return 0;
}

static int fill_maps(struct session *session, const struct session_config *config)
{
	int err = targets__fill(&session->targets, session->skel);

	for (size_t i = 0; !err && i < config->n_parts; i++)
		err = config->parts[i].kind->fill(session->skel, config->parts[i].data);
	return err;
}

/*
 * The error that callers get for ERR, which came from the kernel and has been reported here. -ENOMEM becomes -ENOBUFS:
 * to callers -ENOMEM means that this process lacks memory, which they still have to report.
 */
static int mark_reported(int err)
{
	return err == -ENOMEM ? -ENOBUFS : err;
}

static int quiet_print(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static int attach_links(struct session *session)
{
	for (int i = 0; i < N_LINKS; i++) {
		const struct bpf_program *program = linked_program(session->skel, i);

		if (!bpf_program__autoload(program))
			continue;
		session->links[i] = bpf_program__attach(program);
		if (!session->links[i])
			return -errno;
	}
	return 0;
}

/* The period of the first samples. The later ones are always rare if the first ones are. */
static uint64_t first_period_ns(const struct session_config *config, bool *rare)
{
	*rare = config->budgeted || (config->sampled && !config->n_parts);
	if (*rare)
		return config->n_parts ? SAMPLE_BUDGETED_NS : SAMPLE_NS;
	return config->n_parts ? SAMPLE_FIRST_NS : SAMPLE_EARLY_NS;
}

/* A failure is no error here, because without samples there are still the calibrated prices. */
static void start_sampler(struct session *session, const struct session_config *config, const struct diag *diag)
{
	bool rare;
	uint64_t period_ns = first_period_ns(config, &rare);
	int err;

	session->early_ns = rare ? 0 : EARLY_NS;
	session->skel->bss->sample_ns = period_ns;
	err = sampler__open(bpf_program__fd(session->skel->progs.lprof_sample), period_ns, &session->sampler);
	session->sampling = !err && !session->skel->rodata->walk_stacks ? -EOPNOTSUPP : err;
	if (err)
		diag__debug(diag, "cannot sample the processors: %s", strerror(-err));
}

static int open_and_load(struct session *session, const struct session_config *config, char *log,
			 const struct diag *diag)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_buf = log, .kernel_log_size = LOG_SIZE);
	int err;

	session->skel = lprof_bpf__open_opts(&opts);
	if (!session->skel) {
		err = -errno;
		diag__failure(diag, err, "cannot open the BPF program");
		return err;
	}
	err = configure(session, config);
	if (err)
		return err;
	err = lprof_bpf__load(session->skel);
	if (err) {
		load_failure__explain(err, session->skel, log, diag);
		return mark_reported(err);
	}
	for (size_t i = 0; i < session->n_programs; i++)
		session->programs[i].fd = bpf_program__fd(session->programs[i].loaded);
	err = config->bare ? 0 : attach_links(session);
	if (err) {
		diag__error(diag, "cannot watch context switches and the end of threads: %s; run `lprof-bpf doctor`",
			    strerror(-err));
		return mark_reported(err);
	}
	if (!config->bare)
		start_sampler(session, config, diag);
	err = fill_maps(session, config);
	if (err)
		diag__failure(diag, err, "cannot write the BPF program's maps");
	return err;
}

/* Must be called before anything is opened, so that the keeper's process inherits little. */
static int start_keeper(struct session *session, const struct diag *diag)
{
	int err = keeper__start(leftover__clean_detached, &session->keeper);

	if (err)
		diag__failure(diag, err, "cannot start the process that holds the probes");
	return err;
}

/* Has notes made of processes whose code is not, or not all, counted. */
static int watch_processes(struct session *session, const struct session_config *config)
{
	const struct kin_request request = {
		.probed = &session->probed,
		.skel = session->skel,
		.pids = session->targets.pids,
		.n_pids = session->targets.n,
		.own = config->own,
	};

	session->unprobed = unprobed__new(&session->probed);
	if (session->targets.n)
		session->kin = kin__new(&request);
	return session->unprobed && (session->kin || !session->targets.n) ? 0 : -ENOMEM;
}

static int open_windows(struct session *session)
{
	struct windows_config config = {
		.skel = session->skel,
		.keeper = session->keeper,
		.way = session->way,
		.pids = session->targets.pids,
		.n_pids = session->targets.n,
		.everywhere = session->targets.everywhere,
	};

	if (session->targets.everywhere) {
		session->clock = target_clock__new(&session->probed, bpf_map__fd(session->skel->maps.clocked));
		if (!session->clock)
			return -ENOMEM;
	}
	return windows__new(&config, &session->windows);
}

int session__open(const struct session_config *config, const struct diag *diag, struct session **out)
{
	struct session *session = calloc(1, sizeof(*session));
	char *log = calloc(1, LOG_SIZE);
	int err = session && log ? targets__init(&session->targets, config->pids, config->n_pids, config->growing)
				 : -ENOMEM;

	libbpf_set_print(quiet_print);
	if (!err) {
		session->way = attach__best_way();
		session->pid_namespace = pid_namespace__number();
		err = start_keeper(session, diag);
	}
	if (!err)
		err = open_and_load(session, config, log, diag);
	if (!err && !config->bare)
		err = watch_processes(session, config);
	if (!err && config->budgeted)
		err = open_windows(session);
	free(log);
	if (err) {
		session__close(session);
		return err;
	}
	*out = session;
	return 0;
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

/* The descriptor of the kind's BPF program NUMBER; -1 if no part of the session has it. */
static int program_fd(const struct session *session, const struct session_kind *kind, unsigned number)
{
	for (size_t i = 0; i < session->n_programs; i++)
		if (session->programs[i].kind == kind && session->programs[i].number == number)
			return session->programs[i].fd;
	return -1;
}

static struct attach_request request_of(const struct session *session, const struct session_object *object,
					const uint64_t *cookies)
{
	return (struct attach_request){
		.way = session->way,
		.prog_fd = program_fd(session, object->kind, object->program),
		.path = object->path,
		.offsets = object->offsets,
		.semaphores = object->semaphores,
		.cookies = cookies,
		.n = object->n,
	};
}

static int attach_to(struct session *session, const struct session_object *object, const uint64_t *cookies, pid_t pid,
		     const struct diag *diag)
{
	struct attach_request request = request_of(session, object, cookies);
	int err;

	request.pid = pid;
	err = request.prog_fd < 0 ? -EBADF : keeper__attach(session->keeper, &request, 0);

	if (err) {
		explain_attach(err, object, pid, diag);
		return mark_reported(err);
	}
	session->n_probes += object->n;
	return 0;
}

static int remember_probes(struct session *session, const struct session_object *object, const struct diag *diag)
{
	int err = probed__add(&session->probed, object->name, object->path, object->offsets, object->n);

	if (err)
		diag__failure(diag, err, "cannot read %s", object->name);
	return err;
}

/* Forgets the processes that have ended: into these, nothing could be attached. */
static void forget_ended(struct session *session)
{
	if (session->targets.everywhere || (!session->targets.growing && !session->windows))
		return;
	targets__forget_ended(&session->targets, session->skel, session->keeper);
	if (session->windows)
		windows__set_processes(session->windows, session->targets.pids, session->targets.n);
}

int session__adopt(struct session *session, pid_t pid)
{
	uint32_t group;
	int err;

	forget_ended(session);
	err = targets__add(&session->targets, pid, &group);
	if (err)
		return err;
	err = put_in__repeat(&session->put_in, session->keeper, pid, group);
	if (!err && session->windows)
		err = windows__adopt(session->windows, session->targets.pids, session->targets.n);
	/* Only now does the first of its hits count, should it run: they are all in. */
	if (!err)
		err = targets__admit(&session->targets, session->skel);
	if (err)
		targets__drop_last(&session->targets, session->skel, session->keeper);
	else if (session->kin)
		kin__adopt(session->kin, pid);
	return err;
}

int session__attach(struct session *session, const struct session_object *object, const struct diag *diag)
{
	uint64_t *cookies;
	uint64_t start_ns;
	int err = 0;

	if (!object->n)
		return 0;
	cookies = calloc(object->n, sizeof(*cookies));
	if (!cookies)
		return -ENOMEM;
	for (uint32_t i = 0; i < object->n; i++)
		cookies[i] = object->first_site + (object->sites ? object->sites[i] : i);
	start_ns = clock__monotonic_ns();
	if (session->targets.everywhere)
		err = attach_to(session, object, cookies, 0, diag);
	for (size_t i = 0; !err && i < session->targets.n; i++)
		err = attach_to(session, object, cookies, session->targets.pids[i], diag);
	if (!err && session->unprobed)
		err = remember_probes(session, object, diag);
	if (!err && session->targets.growing) {
		const struct attach_request request = request_of(session, object, cookies);

		err = put_in__add(&session->put_in, &request);
	}
	if (!err && session->windows && object->kind->gated && object->program == SESSION_STEADY)
		windows__open_attached(session->windows, object->first_site, object->n);
	if (!err)
		diag__debug(diag, "attached %u sites of %s in %.1f ms", object->n, object->name,
			    clock__ms_since(start_ns));
	free(cookies);
	return err;
}

int session__add_object(struct session *session, const struct session_object *object, const struct diag *diag)
{
	const struct windows_object known = {
		.path = object->path,
		.offsets = object->offsets,
		.semaphores = object->semaphores,
		.first_site = object->first_site,
		.n = object->n,
		.steady_fd = program_fd(session, object->kind, object->program),
		.count_fd = program_fd(session, object->kind, object->count_program),
	};
	int err = object->n ? windows__add_object(session->windows, &known) : 0;

	if (err)
		diag__failure(diag, err, "cannot open %s", object->name);
	if (!err && object->n && session->unprobed)
		err = remember_probes(session, object, diag);
	return err;
}

int session__put_in(struct session *session, uint32_t first, uint32_t n, uint32_t *group, const struct diag *diag)
{
	int err;

	forget_ended(session);
	err = windows__put_in(session->windows, first, n, group);

	if (err)
		diag__debug(diag, "cannot put %u sites from %u on in: %s", n, first, strerror(-err));
	session->n_probes += err ? 0 : n;
	return err;
}

int session__take_out(struct session *session, uint32_t group)
{
	return windows__take_out(session->windows, group);
}

int session__window(struct session *session, const struct session_window *window, uint64_t *counts,
		    struct session_window_result *result)
{
	forget_ended(session);
	return windows__run(session->windows, window, counts, result);
}

bool session__renew(struct session *session, const struct session_lease *lease)
{
	return windows__renew(session->windows, lease);
}

uint64_t session__spent_ns(const struct session *session)
{
	struct gate_spending spent;

	if (gate_spending__read(bpf_map__fd(session->skel->maps.spending), &spent))
		return 0;
	return spent.steady_ns + spent.window_ns + spent.late_ns;
}

uint64_t session__target_ns(struct session *session)
{
	if (session->clock)
		target_clock__look(session->clock);
	return target_time__ns(&session->skel->bss->gate, clock__monotonic_ns());
}

int session__check_processes(struct session *session, const struct diag *diag)
{
	int err = unprobed__look(session->unprobed, session->targets.pids, session->targets.n);

	if (!err && unprobed__are_all(session->unprobed, session->targets.pids, session->targets.n, diag))
		err = -ENXIO;
	if (!err && session->kin)
		err = kin__begin(session->kin);
	return err;
}

/* What there is no memory for now is seen at the next time. */
static void look_at_processes(struct session *session)
{
	uint64_t start_ns = clock__monotonic_ns();

	/* Without a number of processes, it would look at all there are. */
	if (session->targets.everywhere || session->targets.n)
		(void)unprobed__look(session->unprobed, session->targets.pids, session->targets.n);
	if (session->kin)
		kin__look(session->kin);
	/* Processes may have many mappings. */
	session->look_ns = start_ns + LOOK_COST * (clock__monotonic_ns() - start_ns);
}

void session__start(struct session *session, uint64_t duration_ns)
{
	uint64_t now_ns = clock__monotonic_ns();

	session->until_ns = duration_ns && duration_ns < UINT64_MAX - now_ns ? now_ns + duration_ns : UINT64_MAX;
	session->early_until_ns = now_ns + session->early_ns;
	session->skel->bss->counting_until = session->until_ns;
}

static void stop_counting(struct session *session)
{
	uint64_t now_ns = clock__monotonic_ns();

	session->skel->bss->counting_until = 0;
	if (!session->stopped_ns)
		session->stopped_ns = now_ns < session->until_ns ? now_ns : session->until_ns;
}

int session__detach(struct session *session, const struct diag *diag)
{
	uint64_t start_ns;
	int err;

	stop_counting(session);
	if (session->skel->rodata->some_spared && session->links[LINK_THREADS])
		counters__settle(bpf_link__fd(session->links[LINK_THREADS]));
	if (session->unprobed && session->n_probes)
		look_at_processes(session);
	/* Counting has stopped, so context switches need not be watched any more. */
	bpf_link__destroy(session->links[LINK_SWITCH]);
	session->links[LINK_SWITCH] = NULL;
	sampler__close(session->sampler);
	session->sampler = NULL;
	if (!session->n_probes)
		return 0;
	start_ns = clock__monotonic_ns();
	err = keeper__detach(session->keeper, crowd__is_there() ? CROWD_PATIENCE_MS : -1);
	diag__debug(diag, err ? "%zu probes are not detached after %.1f ms" : "detached %zu probes in %.1f ms",
		    session->n_probes, clock__ms_since(start_ns));
	session->n_probes = 0;
	return err;
}

static void adjust_sampler(struct session *session)
{
	struct counters_stats now;
	uint64_t probe_ns, sampled_ns, period_ns;

	/* Within a budget the period stays as it is. */
	if (!session->sampler || session->windows || counters__read_stats(session->skel, &now))
		return;
	probe_ns = now.sampled_probe_ns - session->adjusted.sampled_probe_ns;
	sampled_ns = now.sampled_ns - session->adjusted.sampled_ns;
	session->adjusted = now;
	if (probe_ns * 100 > sampled_ns * PROBES_PERCENT)
		period_ns = SAMPLE_OFTEN_NS;
	else
		period_ns = clock__monotonic_ns() < session->early_until_ns ? SAMPLE_EARLY_NS : SAMPLE_NS;
	if (period_ns == session->skel->bss->sample_ns)
		return;
	sampler__set_period(session->sampler, period_ns);
	session->skel->bss->sample_ns = period_ns;
}

int session__adjust(struct session *session)
{
	if (!keeper__is_alive(session->keeper))
		return -EPIPE;
	adjust_sampler(session);
	forget_ended(session);
	/* Of all processes of the machine, those that there are at the beginning and at the end must do. */
	if (session->unprobed && session->targets.n && clock__monotonic_ns() >= session->look_ns)
		look_at_processes(session);
	return 0;
}

/*
 * Sums the hits for which the kernel did not run the programs. In benchmarks several entries may be one and the same
 * program, which must be asked only once.
 */
static int read_missed(const struct session *session, uint64_t *missed)
{
	int err = 0;

	*missed = 0;
	for (size_t i = 0; !err && i < session->n_programs; i++) {
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);

		if (i && session->programs[i].fd == session->programs[i - 1].fd)
			continue;
		err = bpf_obj_get_info_by_fd(session->programs[i].fd, &info, &size);
		*missed += info.recursion_misses;
	}
	return err;
}

int session__sampling(const struct session *session)
{
	return session->sampling;
}

/* Of a container's PID namespace, says that samples know no process outside of it. */
static int note_namespace(const struct session *session, struct profile *profile)
{
	if (!session->pid_namespace || !session->targets.everywhere || session->sampling)
		return 0;
	return profile__add_note(profile, "lprof-bpf runs in a PID namespace of its own, and samples are of the "
					  "processes in it only, while hits are counted in all processes of the "
					  "machine; run lprof-bpf outside of the container to sample them all");
}

int session__note_processes(struct session *session, struct profile *profile)
{
	int err = unprobed__note(session->unprobed, profile);

	if (!err && session->kin)
		err = kin__note(session->kin, profile);
	return err ? err : note_namespace(session, profile);
}

uint32_t session__n_sites(const struct session *session)
{
	return session->windows ? bpf_map__max_entries(session->skel->maps.site_groups) : 0;
}

const struct lprof_bpf *session__skeleton(const struct session *session)
{
	return session->skel;
}

int session__collect(struct session *session, struct counters *out)
{
	uint64_t now_ns = session->stopped_ns ? session->stopped_ns : clock__monotonic_ns();
	int threads = session->links[LINK_THREADS] ? bpf_link__fd(session->links[LINK_THREADS]) : -1;
	int err = counters__read(session->skel, threads, now_ns, out);

	if (!err)
		err = read_missed(session, &out->stats.missed);
	return err;
}

void session__close(struct session *session)
{
	if (!session)
		return;
	keeper__stop(session->keeper);
	windows__free(session->windows);
	target_clock__free(session->clock);
	put_in__release(&session->put_in);
	targets__release(&session->targets);
	free(session->programs);
	sampler__close(session->sampler);
	for (int i = 0; i < N_LINKS; i++)
		bpf_link__destroy(session->links[i]);
	kin__free(session->kin);
	unprobed__free(session->unprobed);
	probed__release(&session->probed);
	lprof_bpf__destroy(session->skel);
	free(session);
}
