/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nomatch: explains to the user why a selector selected nothing.
 */
#ifndef LPROF_NOMATCH_H
#define LPROF_NOMATCH_H

#include "base/diag.h"
#include "profiler/frontend.h"
#include "target/selector.h"

/*
 * Reports one sentence to DIAG: the function is in an object without debug information (which is named, with its build
 * ID); or the target's main object has no debug information; or no function has that name (with the closest names
 * that the objects' debug information has), or it is in another file; or the function is in a program that the target
 * starts.
 */
void nomatch__explain(const struct selector *selector, const struct frontend_request *request, const struct diag *diag);

#endif
