// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

void monitoring_table__release(struct monitoring_table *table)
{
	free(table->functions);
	free(table->threads);
	free(table->by_id);
	*table = (struct monitoring_table){0};
}

/* The text of SIZE bytes at *AT, which is moved behind it; NULL: it does not end within them, or not at their end. */
static const char *take_text(const char *record, size_t record_size, size_t *at, uint32_t size)
{
	const char *text = record + *at;

	if (!size || size > LPROF_SHIM_LONGEST_TEXT || size > record_size - *at ||
	    memchr(text, '\0', size) != text + size - 1)
		return NULL;
	*at += size;
	return text;
}

static bool lines_ascend(const struct lprof_shim_function *record)
{
	if (!record->n_lines || record->lines[0].line)
		return false;
	for (uint32_t i = 1; i < record->n_lines; i++)
		if (record->lines[i].line <= record->lines[i - 1].line)
			return false;
	return true;
}

/* Whether the record is a function's; fills FUNCTION then. */
static bool check_function(const struct lprof_shim_record *record, struct monitoring_function *function)
{
	const struct lprof_shim_function *found = (const void *)record;
	size_t at = sizeof(*found);

	if (record->size < at || found->n_lines > (record->size - at) / sizeof(found->lines[0]))
		return false;
	at += found->n_lines * sizeof(found->lines[0]);
	function->record = found;
	function->name = take_text((const char *)record, record->size, &at, found->name_size);
	function->qualname =
		function->name ? take_text((const char *)record, record->size, &at, found->qualname_size) : NULL;
	function->file =
		function->qualname ? take_text((const char *)record, record->size, &at, found->file_size) : NULL;
	return function->file && found->id && lines_ascend(found);
}

static int add_id(struct monitoring_table *table, uint32_t id)
{
	size_t before = table->n_ids;

	if (grow__to(&table->by_id, &table->n_ids, (size_t)id + 1, sizeof(*table->by_id)))
		return -ENOMEM;
	for (size_t i = before; i < table->n_ids; i++)
		table->by_id[i] = 0;
	table->by_id[id] = table->n_functions;
	return 0;
}

/* Each record has more than 64 bytes, so IDs of a sound table are below this. */
static bool is_possible(uint32_t id)
{
	return id < LPROF_SHIM_TABLE_SIZE / 64;
}

static int add_function(struct monitoring_table *table, const struct lprof_shim_record *record, size_t at)
{
	struct monitoring_function function = {.at = at};

	if (!check_function(record, &function) || !is_possible(function.record->id)) {
		table->damaged = true;
		return 0;
	}
	if (grow__one(&table->functions, &table->functions_room, table->n_functions, sizeof(function)))
		return -ENOMEM;
	table->functions[table->n_functions++] = function;
	return add_id(table, function.record->id);
}

/* Of a function whose record comes before. */
static void add_windows(struct monitoring_table *table, const struct lprof_shim_record *record)
{
	const struct lprof_shim_windows *windows = (const void *)record;
	size_t index = 0;

	if (record->size >= sizeof(*windows) && windows->function < table->n_ids)
		index = table->by_id[windows->function];
	if (!index || windows->n_lines != table->functions[index - 1].record->n_lines ||
	    windows->n_lines > (record->size - sizeof(*windows)) / sizeof(windows->lines[0])) {
		table->damaged = true;
		return;
	}
	table->functions[index - 1].windows = windows;
}

static int add_thread(struct monitoring_table *table, const struct lprof_shim_record *record)
{
	const struct lprof_shim_thread *thread = (const void *)record;

	if (record->size < sizeof(*thread) ||
	    thread->n > (record->size - sizeof(*thread)) / sizeof(thread->frames[0])) {
		table->damaged = true;
		return 0;
	}
	if (!thread->tid)
		return 0;
	if (grow__one(&table->threads, &table->threads_room, table->n_threads, sizeof(*table->threads)))
		return -ENOMEM;
	table->threads[table->n_threads++] = thread;
	return 0;
}

int monitoring_table__read(const void *bytes, size_t size, struct monitoring_table *out)
{
	int err = 0;

	*out = (struct monitoring_table){0};
	if (size < LPROF_SHIM_HEAD_SIZE) {
		out->damaged = true;
		return 0;
	}
	out->head = bytes;
	for (size_t at = LPROF_SHIM_HEAD_SIZE; !err && !out->damaged && at < size;) {
		const struct lprof_shim_record *record = (const void *)((const char *)bytes + at);

		if (size - at < sizeof(*record) || record->size < sizeof(*record) || record->size % 8 ||
		    record->size > size - at) {
			out->damaged = true;
			break;
		}
		if (record->kind == LPROF_SHIM_FUNCTION)
			err = add_function(out, record, at);
		else if (record->kind == LPROF_SHIM_THREAD)
			err = add_thread(out, record);
		else if (record->kind == LPROF_SHIM_WINDOWS)
			add_windows(out, record);
		else
			out->damaged = true;
		at += record->size;
	}
	return err;
}

const struct monitoring_function *monitoring_table__timed(const struct monitoring_table *table,
							  const struct lprof_shim_frame *frame)
{
	size_t index = frame->function < table->n_ids ? table->by_id[frame->function] : 0;
	const struct monitoring_function *function = index ? &table->functions[index - 1] : NULL;

	return function && !frame->waits && frame->line < function->record->n_lines ? function : NULL;
}
