// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "dwarf/debug_places.h"
#include "dwarf/mark_owners.h"
#include "unit/test.h"

enum { DECLARED = 5, MOST = 8 };

/* A function of two inlined instances, with code on lines 6 to 8. */
struct made {
	struct debug_function function;
	struct debug_instance instances[2];
	struct line_span spans[2][MOST];
	struct debug_mark marks[2][MOST];
};

static void make(struct made *made)
{
	memset(made, 0, sizeof(*made));
	made->function = (struct debug_function){.line = DECLARED, .instances = made->instances, .n_instances = 2};
	for (uint32_t i = 0; i < 2; i++) {
		made->spans[i][0] = (struct line_span){.lo = 0x10, .hi = 0x20, .line = 6 + 2 * i};
		made->instances[i] = (struct debug_instance){
			.inlined = true,
			.marked = true,
			.lines = made->spans[i],
			.n_lines = 1,
			.marks = made->marks[i],
		};
	}
}

static void add(struct debug_instance *instance, uint64_t addr, uint32_t view, uint32_t line)
{
	instance->marks[instance->n_marks++] = (struct debug_mark){.addr = addr, .view = view, .line = line};
}

static void begins(struct debug_instance *instance, uint64_t addr, uint32_t view)
{
	instance->entry_mark = addr;
	instance->entry_view = view;
	instance->entry_mark_known = true;
}

static void marks_behind_an_entry_belong_to_its_instance(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	begins(&made.instances[0], 0x10, 0);
	begins(&made.instances[1], 0x18, 1);
	add(&made.instances[0], 0x10, 0, DECLARED);
	add(&made.instances[0], 0x10, 1, 6);
	add(&made.instances[0], 0x18, 0, 7);
	add(&made.instances[0], 0x18, 1, DECLARED);
	add(&made.instances[0], 0x18, 2, 6);
	add(&made.instances[1], 0x18, 1, DECLARED);
	add(&made.instances[1], 0x18, 2, 6);
	assert_int_equal(mark_owners__settle(&made.function), 0);
	assert_int_equal(made.instances[0].n_marks, 3);
	assert_int_equal(made.marks[0][2].line, 7);
	assert_int_equal(made.instances[1].n_marks, 2);
	assert_int_equal(made.marks[1][0].line, DECLARED);
}

static void a_copy_belongs_to_one_instance(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	for (uint32_t i = 0; i < 2; i++) {
		add(&made.instances[i], 0x30, 0, DECLARED);
		add(&made.instances[i], 0x30, 1, 6);
	}
	assert_int_equal(mark_owners__settle(&made.function), 0);
	assert_int_equal(made.instances[0].n_marks, 2);
	assert_int_equal(made.instances[1].n_marks, 0);
}

static void lines_below_the_function_are_no_marks(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	add(&made.instances[0], 0x20, 0, 8);
	add(&made.instances[0], 0x20, 1, 9);
	add(&made.instances[0], 0x20, 2, DEBUG_PLACE_OTHER | 1);
	assert_int_equal(mark_owners__settle(&made.function), 0);
	assert_int_equal(made.instances[0].n_marks, 2);
	assert_int_equal(made.marks[0][0].line, 8);
	assert_int_equal(made.marks[0][1].line, DEBUG_PLACE_OTHER | 1);
}

static void lines_with_code_anywhere_are_known(void **state)
{
	struct made made;

	(void)state;
	make(&made);
	made.spans[1][1] = (struct line_span){.lo = 0x20, .hi = 0x28, .line = 7, .quiet = true};
	made.instances[1].n_lines = 2;
	add(&made.instances[0], 0x10, 0, 6);
	add(&made.instances[0], 0x10, 1, 7);
	add(&made.instances[0], 0x10, 2, 8);
	assert_int_equal(mark_owners__settle(&made.function), 0);
	assert_int_equal(made.instances[0].n_marks, 3);
	assert_true(made.marks[0][0].has_code);
	assert_false(made.marks[0][1].has_code);
	assert_true(made.marks[0][2].has_code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks_behind_an_entry_belong_to_its_instance),
		cmocka_unit_test(a_copy_belongs_to_one_instance),
		cmocka_unit_test(lines_below_the_function_are_no_marks),
		cmocka_unit_test(lines_with_code_anywhere_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
