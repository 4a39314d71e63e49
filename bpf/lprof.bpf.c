// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All programs, in one object since they share maps.
 */
#include "thread.bpf.c"

#include "native.bpf.c"

#include "python.bpf.c"

char LICENSE[] SEC("license") = "GPL";
