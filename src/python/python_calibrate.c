// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two chains of instructions stand for an interpreter's probes. Each instruction begins another line. In the first
 * chain, all lines belong to a wanted function. In the second chain only the first and the last line do; the lines
 * between belong to an unwanted one. So the first line lasts until the last one begins, and its cost beyond that of its
 * own hit is the cost of the hits between.
 */
#include "python/python_calibrate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probe/calibrate_chain.h"
#include "python/python_maps.h"

#define DWARF_RSI   4
#define DWARF_R8    8
#define WANTED_NAME "lprof-bpf wanted"
#define LENGTH	    CALIBRATE_CHAIN_LENGTH

enum { LINES, OTHERS, CHAINS };

_Static_assert(LPROF_PYTHON_RATIOS <= CALIBRATION_RATIOS, "a calibration has room for them");

/*
 * The parts of an interpreter that the BPF programs read: the current thread's state leads to a frame, and that to a
 * code object. The probes pass the name of a wanted function in rsi or that of another one in r8. The frame is in rdx,
 * where the programs learn to find it.
 */
struct fake_code {
	const void *pad, *type;
	const char *fields[4];
};
static const char wanted_name[] __attribute__((used)) = WANTED_NAME;
static const char other_name[] __attribute__((used)) = "lprof-bpf other";
static const struct fake_code fake_type, fake_code = {.type = &fake_type};
static const struct fake_frame {
	const struct fake_code *code;
	const void *instr;
} fake_frame __attribute__((used)) = {.code = &fake_code};
static const struct fake_frame *const fake_cframe = &fake_frame;
static const struct fake_frame *const *const fake_thread = &fake_cframe;
static const struct fake_frame *const *const *const fake_current = &fake_thread;

static const struct lprof_python_layout fake_layout = {
	.frame_instr = offsetof(struct fake_frame, instr),
	.code_first_line = offsetof(struct fake_code, fields),
	.code_name = offsetof(struct fake_code, fields),
	.code_qualname = offsetof(struct fake_code, fields),
	.code_file = offsetof(struct fake_code, fields),
	.code_table = offsetof(struct fake_code, fields),
	.code_first_traceable = offsetof(struct fake_code, fields),
};

#define SETUP                                                                                                          \
	"	lea wanted_name(%rip), %rsi\n"                                                                               \
	"	lea other_name(%rip), %r8\n"                                                                                 \
	"	lea fake_frame(%rip), %rdx\n"

CALIBRATE_CHAIN(python_lines, SETUP, "nop");
CALIBRATE_CHAIN(python_others, SETUP, "nop");

struct measuring {
	struct lprof_python_site sites[CHAINS * LENGTH];
	uint64_t offsets[CHAINS * LENGTH];
	struct lprof_python_name name;
	struct python_maps_config config;
	struct lprof_edge before[CHAINS]; /* the counters at the last sample */
};

/* The number of the line that instruction I of a chain begins. */
static uint32_t line_of(int chain, int i)
{
	return (uint32_t)(chain * LENGTH + i + 1);
}

static struct lprof_python_site site_of(int chain, int i, const uint8_t *address)
{
	bool other = chain == OTHERS && i && i < LENGTH - 1;

	return (struct lprof_python_site){
		.current = (const uint8_t *)&fake_current - address,
		.code_type = (const uint8_t *)&fake_type - address,
		.name = {.place = LPROF_PYTHON_REGISTER, .reg = other ? DWARF_R8 : DWARF_RSI, .size = 8},
		.line = {.place = LPROF_PYTHON_CONSTANT, .offset = (int32_t)line_of(chain, i), .size = 4},
		.layout = fake_layout,
		.length = 1,
	};
}

static int fill_sites(struct measuring *measuring)
{
	static const uint8_t *const codes[CHAINS] = {calibrate_chain_python_lines_code,
						     calibrate_chain_python_others_code};

	for (int chain = 0; chain < CHAINS; chain++) {
		uint64_t start;
		int err = calibrate_chain__offset(codes[chain], &start);

		if (err)
			return err;
		for (int i = 0; i < LENGTH; i++) {
			measuring->sites[chain * LENGTH + i] = site_of(chain, i, codes[chain] + i);
			measuring->offsets[chain * LENGTH + i] = start + (uint64_t)i;
		}
	}
	return 0;
}

static int open_chains(struct session_part *part, struct session_object *object, void **state)
{
	struct measuring *measuring = calloc(1, sizeof(*measuring));
	int err = measuring ? fill_sites(measuring) : -ENOMEM;

	if (err) {
		free(measuring);
		return err;
	}
	measuring->name = (struct lprof_python_name){WANTED_NAME};
	measuring->config = (struct python_maps_config){
		.sites = measuring->sites,
		.n_sites = CHAINS * LENGTH,
		.names = &measuring->name,
		.n_names = 1,
		.bare = true,
	};
	*part = (struct session_part){&python_maps__kind, &measuring->config};
	object->kind = &python_maps__kind;
	object->program = LPROF_PYTHON_LINE;
	object->offsets = measuring->offsets;
	object->n = CHAINS * LENGTH;
	*state = measuring;
	return 0;
}

static void run_chains(uint32_t rounds)
{
	calibrate_chain_python_lines(rounds);
	calibrate_chain_python_others(rounds);
}

/* Sums the counters of the lines that instructions FIRST to FIRST + N - 1 of a chain begin. */
static struct lprof_edge lines_of(const struct counters *counters, int chain, int first, int n)
{
	uint32_t begin = line_of(chain, first);
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

static bool take_sample(void *state, const struct counters *counters, double self_ns[CALIBRATION_RATIOS])
{
	struct measuring *measuring = state;
	const struct lprof_edge now[CHAINS] = {
		[LINES] = lines_of(counters, LINES, 1, LENGTH - 2),
		[OTHERS] = lines_of(counters, OTHERS, 0, 1),
	};
	double line = self_since(&now[LINES], &measuring->before[LINES]);
	double others = self_since(&now[OTHERS], &measuring->before[OTHERS]) - line;

	self_ns[LPROF_PYTHON_RATIO_LINE] = line;
	self_ns[LPROF_PYTHON_RATIO_OTHER] = others / (LENGTH - 2);
	memcpy(measuring->before, now, sizeof(now));
	return line > 0 && others > 0;
}

const struct calibration_kind python_calibrate__kind = {
	.name = "python",
	.n_ratios = LPROF_PYTHON_RATIOS,
	.defaults =
		{[LPROF_PYTHON_RATIO_LINE] = 3 << LPROF_RATIO_BITS, [LPROF_PYTHON_RATIO_OTHER] = 2 << LPROF_RATIO_BITS},
	.open = open_chains,
	.run = run_chains,
	.take = take_sample,
};
