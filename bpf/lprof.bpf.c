// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All BPF programs. They are compiled as one object because they share maps.
 */
#include "thread.bpf.c"

#include "sample.bpf.c"

#include "kin.bpf.c"

#include "follow.bpf.c"

#include "mapped_inode.bpf.c"

#include "native.bpf.c"

#include "python.bpf.c"

char LICENSE[] SEC("license") = "GPL";
