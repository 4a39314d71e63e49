/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body: one out-of-line function body of an object, planned: its control flow, its sites and the frame rule of each
 * site.
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
	struct cfa_rule *cfa; /* per site */
	uint32_t n_frameless; /* sites whose frame cannot be known: there is no call frame information */
};

struct body_request {
	const struct body_code *code;
	struct debuginfo *info; /* for the frame rules */
	/* The instances of selected functions that live in this body; at least one. */
	const struct debug_instance *const *instances;
	size_t n_instances;
	const uint32_t *prices; /* as in struct plan_input */
	bool every_line;
};

/*
 * Plans the body whose code is request->code. The whole body is in scope when one of the instances is its out-of-line
 * instance, otherwise only the code of the inlined ones. Returns 0, -EILSEQ when no instruction could be decoded at its
 * entry, or control can get to bytes that are none, or -ENOMEM. CODE is not needed any more afterwards.
 */
int body__build(const struct body_request *request, struct body *body);
void body__release(struct body *body);

/*
 * The line of each of the body's instructions within INSTANCE, line 0 outside of it: a new array of
 * cfg->n_insns, owned by the caller. NULL when out of memory.
 */
struct insn_line *body__lines(const struct body *body, const struct debug_instance *instance);

#endif
