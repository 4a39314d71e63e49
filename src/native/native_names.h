/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * native_names: the names of the native functions that can be profiled.
 */
#ifndef LPROF_NATIVE_NAMES_H
#define LPROF_NATIVE_NAMES_H

#include <stdio.h>

#include "base/diag.h"
#include "profiler/frontend.h"

/* As the front-end's list_names. That there is no such function is an error, -ENOENT. */
int native_names__list(const struct frontend_request *request, const struct diag *diag, FILE *out);

#endif
