/* SPDX-License-Identifier: GPL-2.0-or-later */
/* load_failure: why the BPF programs could not be loaded, in words. */
#ifndef LPROF_LOAD_FAILURE_H
#define LPROF_LOAD_FAILURE_H

#include "base/diag.h"

struct lprof_bpf;

/* Reports to DIAG that loading SKEL failed with ERR, a -errno, and what to do. LOG is what the verifier wrote. */
void load_failure__explain(int err, const struct lprof_bpf *skel, const char *log, const struct diag *diag);

#endif
