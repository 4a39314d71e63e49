/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gate_view: the gate in the data of the BPF object, as a process sees and works it that has not loaded the object. */
#ifndef LPROF_GATE_VIEW_H
#define LPROF_GATE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lprof.h"

struct gate_view;

/* As struct keeper_gate has them. The descriptors are owned by the view, also after a failure. 0 or -errno. */
int gate_view__open(int data_fd, size_t data_size, size_t gate_at, int spending_fd, int trips_fd,
		    struct gate_view **out);
void gate_view__close(struct gate_view *view); /* NULL is allowed */

/* The gate itself, in shared memory. The BPF programs change it at any moment. */
volatile struct lprof_gate *gate_view__gate(const struct gate_view *view);

/* Whether the kernel lets BPF programs send signals to any process, which wakes a keeper that somebody has stopped. */
bool gate_view__can_wake(void);

/* What hits have cost, summed over processors. */
struct gate_spending {
	uint64_t steady_ns, window_ns, late_ns;
};

/* 0 or -errno. */
int gate_spending__read(int spending_fd, struct gate_spending *out);
int gate_view__spending(const struct gate_view *view, struct gate_spending *out);

/* A descriptor that can be read when a program has closed a gate. Owned by the view. */
int gate_view__fd(const struct gate_view *view);

/*
 * Reads what the programs have said of gates that they closed. Returns the enum lprof_trip of all of it together, and
 * sets *WINDOW_NS to when the window was closed, if that is among it.
 */
uint32_t gate_view__take(struct gate_view *view, uint64_t *window_ns);

#endif
