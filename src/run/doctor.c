// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/doctor.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/privilege.h"
#include "files/run_directory.h"
#include "flow/insn.h"
#include "probe/attach.h"
#include "probe/calibrate.h"
#include "probe/leftover.h"
#include "probe/sampler.h"
#include "probe/session.h"
#include "profiler/frontend.h"
#include "run/prepare.h"

static void finding(FILE *out, const char *what, const char *found)
{
	fprintf(out, "%-22s %s\n", what, found);
}

/* Whether stacks can be sampled; without that, lines are counted all the same. */
static void check_sampling(const struct session *session, FILE *out)
{
	int err = session__sampling(session);
	char reason[256];

	if (err)
		sampler__explain(err, reason, sizeof(reason));
	finding(out, "samples of stacks", err ? reason : "yes");
	if (err)
		finding(out, "", "functions must be named with -f, and their callers are not known");
}

/* Opens a session with the programs of all kinds. If that fails, the session itself has reported the reason. */
static bool check_program(FILE *out, const struct diag *diag)
{
	size_t n;
	const struct frontend *const *frontends = prepare__frontends(&n);
	struct session_part parts[CALIBRATION_KINDS];
	struct session_config config = {.parts = parts};
	struct session *session;
	int err;

	for (size_t i = 0; i < n; i++) {
		const struct session_kind *kind = frontends[i]->kind;

		if (kind)
			parts[config.n_parts++] = (struct session_part){kind, kind->trial};
	}
	err = session__open(&config, diag, &session);
	finding(out, "BPF programs",
		err ? "do not load; a message tells why (Linux 5.15 or later is needed; -v shows the verifier's log)"
		    : "load");
	(void)diag__end(diag, err);
	if (err)
		return false;
	check_sampling(session, out);
	session__close(session);
	return true;
}

static void print_prices(FILE *out)
{
	static const char *const names[INSN_PROBE_CLASSES] = {
		[INSN_PROBE_JMP] = "jmp",   [INSN_PROBE_JCC] = "jcc", [INSN_PROBE_CALL] = "call",
		[INSN_PROBE_PUSH] = "push", [INSN_PROBE_NOP] = "nop", [INSN_PROBE_STEP] = "any other (stepped)",
	};
	const struct calibration_request request = {0};
	struct calibration calibration;
	uint64_t start_ns = clock__monotonic_ns();
	double took_ms;
	int err;

	err = calibrate__measure(&request, &calibration);
	took_ms = clock__ms_since(start_ns);
	if (err) {
		calibrate__defaults(&request, &calibration);
		fprintf(out, "cost of a probe hit, in ns (built-in estimates; measuring it failed: %s):\n",
			strerror(-err));
	} else {
		fprintf(out, "cost of a probe hit, in ns (measured in %.0f ms):\n", took_ms);
	}
	for (int i = 0; i < INSN_PROBE_CLASSES; i++)
		fprintf(out, "  %-20s %6u +- %u\n", names[i], calibration.price_ns[i], calibration.uncertainty_ns[i]);
	fprintf(out, "  %-20s %6u\n", "of which our program", calibration.prices.self_ns);
}

/* Takes out the probes that earlier runs left behind when they were killed, and reports how many there were. */
static void check_leftover(FILE *out, const struct diag *diag)
{
	const struct diag errors = {.stream = diag->stream, .verbosity = -1};
	char text[96] = "none";
	char directory[RUN_DIRECTORY_SIZE];
	size_t found, left;

	if (leftover__clean(run_directory__path(directory), &errors, &found, &left))
		snprintf(text, sizeof(text), "cannot be looked for");
	else if (found)
		snprintf(text, sizeof(text), "%zu, of which %zu were taken out now", found, found - left);
	finding(out, "probes left behind", text);
}

/* Whether there are those without which nothing can be profiled. */
static bool check_capabilities(FILE *out)
{
	char missing[128];

	if (!privilege__missing(PRIVILEGE_ALL, missing, sizeof(missing))) {
		finding(out, "capabilities missing", "none");
		return true;
	}
	finding(out, "capabilities missing", missing);
	if (privilege__missing(PRIVILEGE_OWN, missing, sizeof(missing))) {
		finding(out, "", privilege__advice());
		return false;
	}
	finding(out, "", "only your own processes can be profiled, by -p and as a command");
	return true;
}

int doctor__run(FILE *out, const struct diag *diag)
{
	struct utsname uts;
	bool able;

	if (!uname(&uts)) {
		finding(out, "kernel", uts.release);
		finding(out, "processor", uts.machine);
	}
	if (!check_capabilities(out))
		return EXIT_FAILURE;
	finding(out, "kernel BTF",
		access("/sys/kernel/btf/vmlinux", R_OK) ? "missing: the kernel must be built with CONFIG_DEBUG_INFO_BTF"
							: "yes");
	finding(out, "uprobes by",
		attach__best_way() == ATTACH_UPROBE_MULTI ? "uprobe_multi link"
							  : "perf events (slow to detach, two file descriptors for "
							    "each probe; newer kernels have uprobe_multi)");
	check_leftover(out, diag);
	able = check_program(out, diag);
	print_prices(out);
	return able ? EXIT_SUCCESS : EXIT_FAILURE;
}
