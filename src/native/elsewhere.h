/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elsewhere: where a function may be that the target's own objects do not have: in a program that the target starts,
 * or in code that it makes at run time.
 */
#ifndef LPROF_ELSEWHERE_H
#define LPROF_ELSEWHERE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "profiler/frontend.h"
#include "target/selector.h"

/*
 * Looks for what SELECTOR selects in the programs that REQUEST's command names in its arguments (a shell's -c, env,
 * timeout), or that descendants of its processes run. Nothing is started. If there is one, says in DIAG what to
 * profile, and returns true.
 */
bool elsewhere__explain(const struct selector *selector, const struct frontend_request *request,
			const struct diag *diag);

/*
 * Writes to TEXT, as the end of a sentence that a function was not found, what else about the target may be the reason;
 * or "". BARE: the target's own program has no debug information.
 */
void elsewhere__hint(const struct frontend_request *request, bool bare, char *text, size_t size);

#endif
