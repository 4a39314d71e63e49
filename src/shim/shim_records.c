// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_records.h"

#include "shim/shim_account.h"

void shim_records__remember(struct lprof_shim_windows *windows, const struct lprof_shim_function *function)
{
	for (uint32_t i = 0; i < windows->n_lines; i++)
		windows->lines[i].last = function->lines[i];
}

/* What is known of its lines when a record begins. */
static void begin_lines(const struct shim_gates *gates, struct lprof_shim_windows *windows,
			const struct lprof_shim_function *function)
{
	for (uint32_t i = 0; i < windows->n_lines; i++) {
		windows->lines[i].first = windows->lines[i].last = function->lines[i];
		windows->lines[i].is_open = shim_gate__is_open(gates, function->gate, i);
	}
}

/* The record of function ID's windows, which is made if there is none; NULL: there is no room. */
struct lprof_shim_windows *shim_records__of(struct shim_gates *gates, uint32_t id, double since_ns)
{
	struct lprof_shim_windows **record = &gates->records[id - 1], *windows;
	const struct lprof_shim_function *function;
	size_t size;

	if (*record)
		return *record;
	function = shim_counts__find(gates->counts, id);
	if (!function)
		return NULL;
	size = sizeof(*windows) + function->n_lines * sizeof(windows->lines[0]);
	windows = shim_memory__place(&gates->counts->memory, size);
	if (!windows) {
		gates->counts->memory.table->n_lost++;
		return NULL;
	}
	windows->record = (struct lprof_shim_record){LPROF_SHIM_WINDOWS, (uint32_t)size};
	windows->function = id;
	windows->n_lines = function->n_lines;
	windows->since_ns = since_ns;
	begin_lines(gates, windows, function);
	shim_memory__add(&gates->counts->memory, &windows->record);
	*record = windows;
	return windows;
}

/* Calls FN with each function's ID and its gate. */
void shim_records__each(struct shim_gates *gates,
			void (*fn)(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx),
			void *ctx)
{
	for (uint32_t id = 1; id <= gates->counts->n_functions && id <= gates->n_records; id++) {
		const struct shim_gate *gate = shim_gate__of(gates, gates->counts->functions[id - 1]->gate);

		if (gate)
			fn(gates, id, gate, ctx);
	}
}

/* Whether frames of the function are on no stack any more: it was counted until now, and is not from now on. */
bool shim_records__is_left(const struct lprof_shim_function *function, void *ctx)
{
	const struct shim_gate *gate = shim_gate__of(ctx, function->gate);

	return gate && gate->shut && !gate->counting;
}
