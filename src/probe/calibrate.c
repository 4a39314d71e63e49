// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/calibrate.h"

#include <errno.h>
#include <string.h>

#include "base/privilege.h"
#include "files/run_directory.h"
#include "probe/calibrate_cache.h"

void calibrate__defaults(const struct calibration_request *request, struct calibration *out)
{
	/* Measured once, in a virtual machine on AMD EPYC with Linux 6.18; the ratios are what the planner needs. */
	*out = (struct calibration){
		.price_ns = {[INSN_PROBE_JMP] = 250,
			     [INSN_PROBE_JCC] = 250,
			     [INSN_PROBE_CALL] = 250,
			     [INSN_PROBE_PUSH] = 250,
			     [INSN_PROBE_NOP] = 250,
			     [INSN_PROBE_STEP] = 2500},
		.prices = {.self_ns = 50},
		.source = CALIBRATION_DEFAULTS,
	};
	for (int i = 0; i < INSN_PROBE_CLASSES; i++) {
		out->uncertainty_ns[i] =
			out->price_ns[i] / 2; /* processors and hypervisors differ by about that much */
		out->kernel_ratio[i] =
			((out->price_ns[i] - out->prices.self_ns) << LPROF_RATIO_BITS) / out->prices.self_ns;
	}
	for (int i = 0; i < LPROF_PATHS; i++)
		out->prices.path_ratio[i] = 1 << LPROF_RATIO_BITS;
	out->prices.count_self_ratio = out->prices.count_ratio = out->prices.closed_ratio = 1 << (LPROF_RATIO_BITS - 1);
	for (size_t i = 0; i < request->n_kinds; i++)
		memcpy(out->kind_ratios[i], request->kinds[i]->defaults, sizeof(out->kind_ratios[i]));
}

int calibrate__get_in(const char *directory, const struct calibration_request *request, const struct diag *diag,
		      struct calibration *out)
{
	char missing[128], key[CALIBRATE_KEY_SIZE];
	int err, key_err, store_err;

	calibrate__defaults(request, out);
	if (privilege__missing(PRIVILEGE_OWN, missing, sizeof(missing)))
		return -EPERM;
	key_err = calibrate_cache__key(request, key);
	if (!key_err && !calibrate_cache__load(directory, key, out))
		return 0;
	err = calibrate__measure(request, out);
	if (err) {
		diag__debug(diag, "the cost of probes cannot be measured (%s); using estimates", strerror(-err));
		return err;
	}
	store_err = key_err ? key_err : calibrate_cache__store(directory, key, out);
	if (store_err)
		diag__debug(diag, "the cost of probes cannot be kept in %s: %s", directory, strerror(-store_err));
	return 0;
}

int calibrate__get(const struct calibration_request *request, const struct diag *diag, struct calibration *out)
{
	char directory[RUN_DIRECTORY_SIZE];

	return calibrate__get_in(run_directory__path(directory), request, diag, out);
}
