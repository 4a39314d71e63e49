// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/gate_view.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

struct gate_view {
	int data_fd, spending_fd, trips_fd;
	void *data;
	size_t size;
	volatile struct lprof_gate *gate;
	struct ring_buffer *trips;
	uint32_t tripped;
	uint64_t window_ns;
};

static int take_trip(void *ctx, void *data, size_t size)
{
	struct gate_view *view = ctx;
	const struct lprof_tripped *tripped = data;

	(void)size;
	view->tripped |= tripped->trip;
	if (tripped->trip == LPROF_TRIP_WINDOW)
		view->window_ns = tripped->now_ns;
	return 0;
}

int gate_view__open(int data_fd, size_t data_size, size_t gate_at, int spending_fd, int trips_fd,
		    struct gate_view **out)
{
	struct gate_view *view = calloc(1, sizeof(*view));

	if (!view) {
		close(data_fd);
		close(spending_fd);
		close(trips_fd);
		return -ENOMEM;
	}
	*view = (struct gate_view){
		.data_fd = data_fd, .spending_fd = spending_fd, .trips_fd = trips_fd, .size = data_size};
	view->data = mmap(NULL, data_size, PROT_READ | PROT_WRITE, MAP_SHARED, data_fd, 0);
	if (view->data == MAP_FAILED) {
		view->data = NULL;
		gate_view__close(view);
		return -ENOMEM;
	}
	view->gate = (volatile struct lprof_gate *)((char *)view->data + gate_at);
	view->trips = ring_buffer__new(trips_fd, take_trip, view, NULL);
	if (!view->trips) {
		gate_view__close(view);
		return -errno;
	}
	*out = view;
	return 0;
}

void gate_view__close(struct gate_view *view)
{
	if (!view)
		return;
	ring_buffer__free(view->trips);
	if (view->data)
		munmap(view->data, view->size);
	close(view->data_fd);
	close(view->spending_fd);
	close(view->trips_fd);
	free(view);
}

volatile struct lprof_gate *gate_view__gate(const struct gate_view *view)
{
	return view->gate;
}

bool gate_view__can_wake(void)
{
	unsigned version, patch;
	struct utsname uts;

	return !uname(&uts) && sscanf(uts.release, "%u.%u", &version, &patch) == 2 &&
	       (version > 6 || (version == 6 && patch >= 13));
}

int gate_spending__read(int spending_fd, struct gate_spending *out)
{
	int n = libbpf_num_possible_cpus(), err;
	struct lprof_spending *accounts;
	const uint32_t zero = 0;

	*out = (struct gate_spending){0};
	if (n < 0)
		return n;
	accounts = calloc((size_t)n, sizeof(*accounts));
	if (!accounts)
		return -ENOMEM;
	err = bpf_map_lookup_elem(spending_fd, &zero, accounts);
	for (int i = 0; !err && i < n; i++) {
		out->steady_ns += accounts[i].steady_ns;
		out->window_ns += accounts[i].window_ns;
		out->late_ns += accounts[i].late_ns;
	}
	free(accounts);
	return err;
}

int gate_view__spending(const struct gate_view *view, struct gate_spending *out)
{
	return gate_spending__read(view->spending_fd, out);
}

int gate_view__fd(const struct gate_view *view)
{
	return ring_buffer__epoll_fd(view->trips);
}

uint32_t gate_view__take(struct gate_view *view, uint64_t *window_ns)
{
	view->tripped = 0;
	(void)ring_buffer__consume(view->trips);
	if (view->tripped & LPROF_TRIP_WINDOW)
		*window_ns = view->window_ns;
	return view->tripped;
}
