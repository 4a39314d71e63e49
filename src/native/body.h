/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body: the plan for one out-of-line function body of an object: its control flow, its sites, and the frame rule of
 * each site.
 */
#ifndef LPROF_BODY_H
#define LPROF_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/debuginfo.h"
#include "flow/cfg.h"
#include "flow/linehits.h"
#include "flow/plan.h"
#include "native/body_code.h"

struct body {
	uint64_t entry;
	struct cfg *cfg;
	struct plan *plan;
	struct cfa_rule *cfa; /* of each site */
	bool frameless;	      /* the frame is not known at all sites: then frames are not used, and nothing is timed */
	/* What is known of the counts of its spared sites, each time they are computed: */
	bool unbalanced; /* they contradict the others, or something was lost that they depend on */
	bool wrapped;	 /* a variable may have wrapped, so that they may be too low */
	bool unsettled;	 /* counting went on while counters were read, so they are but near */
};

/* Whether the counts of the body's spared sites may be wrong. */
static inline bool body__is_doubted(const struct body *body)
{
	return body->unbalanced || body->wrapped || body->unsettled;
}

struct body_request {
	const struct body_code *code;
	struct debuginfo *info; /* for the frame rules */
	/* The instances of selected functions in this body; at least one. */
	const struct debug_instance *const *instances;
	size_t n_instances;
	const uint32_t *prices; /* as in struct plan_input */
	bool every_line;
	bool spare; /* sites whose counts follow from those of others carry no probe */
};

/*
 * Plans the body whose code is request->code. If one of the instances is the out-of-line instance of the body, the
 * whole body is in scope; otherwise only the code of the inlined instances is. Returns 0; -EILSEQ when the entry, or
 * another place that control can get to, holds no instruction; or -ENOMEM. CODE is not needed afterwards.
 */
int body__build(const struct body_request *request, struct body *body);
void body__release(struct body *body);

/*
 * The line of each instruction of the body within INSTANCE; outside of it, 0. A new array of cfg->n_insns elements,
 * owned by the caller. NULL when out of memory.
 */
struct insn_line *body__lines(const struct body *body, const struct debug_instance *instance);

/* What is known of the body's code within INSTANCE. 0 or -ENOMEM; to be released with line_code__release(). */
int body__code(const struct body *body, const struct debug_instance *instance, struct line_code *code);

#endif
