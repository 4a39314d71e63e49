// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/calibration.h"

void calibration__defaults(struct calibration *out)
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
		out->uncertainty_ns[i] = out->price_ns[i] / 2; /* processors and hypervisors differ by as much */
		out->kernel_ratio[i] =
			((out->price_ns[i] - out->prices.self_ns) << LPROF_RATIO_BITS) / out->prices.self_ns;
	}
	out->python_prices = (struct lprof_python_prices){
		.line_ratio = 3 << LPROF_RATIO_BITS,
		.other_ratio = 2 << LPROF_RATIO_BITS,
	};
	for (int i = 0; i < LPROF_PATHS; i++)
		out->prices.path_ratio[i] = 1 << LPROF_RATIO_BITS;
}
