/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * native_names: lists the native functions that can be profiled.
 */
#ifndef LPROF_NATIVE_NAMES_H
#define LPROF_NATIVE_NAMES_H

#include <stdio.h>

#include "base/diag.h"
#include "profiler/frontend.h"

/* The front-end's list_names. Returns -ENOENT, and reports that to DIAG, when there is no such function. */
int native_names__list(const struct frontend_request *request, const struct diag *diag, FILE *out);

#endif
