// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/function_wire.h"
#include "unit/opened.h"

static const char source[] = "#include <stdio.h>\n"
			     "volatile long sink;\n"
			     "static inline __attribute__((always_inline)) void add(long n)\n"
			     "{\n"
			     "	for (long i = 0; i < n; i++)\n"
			     "		sink += i;\n"
			     "}\n"
			     "void first(long n)\n"
			     "{\n"
			     "	add(n);\n"
			     "#line 1 \"other.h\"\n"
			     "	sink++;\n"
			     "	add(2 * n);\n"
			     "}\n"
			     "int main(void)\n"
			     "{\n"
			     "	first(3);\n"
			     "	return 0;\n"
			     "}\n";

struct fixture {
	struct scratch *scratch;
	struct opened opened;
	struct wire wire;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	free(scratch__write(fixture->scratch, "program.c", source, 0644));
	compiled__run(fixture->scratch, "gcc -O2 -g -o @/program @/program.c");
	fixture->opened = open_program(fixture->scratch);
	assert_true(find(&fixture->opened, "*") >= 3);
	function_wire__put(&fixture->wire, &fixture->opened.found);
	assert_false(fixture->wire.failed);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	wire__release(&fixture->wire);
	close_program(&fixture->opened);
	scratch__free(fixture->scratch);
	free(fixture);
	return 0;
}

/* What reading the first N bytes comes to. */
static int get(const struct fixture *fixture, size_t n, struct debug_functions *functions)
{
	struct wire_reader reader = {.at = fixture->wire.bytes, .end = fixture->wire.bytes + n};

	function_wire__get(&reader, fixture->opened.obj, functions);
	return wire__finish(&reader);
}

static void functions_arrive_as_they_were(void **state)
{
	const struct fixture *fixture = *state;
	struct debug_functions functions;
	struct wire again = {.bytes = NULL};

	assert_int_equal(get(fixture, fixture->wire.n, &functions), 0);
	assert_int_equal(functions.n, fixture->opened.found.n);
	assert_true(functions.places.n > 0);
	function_wire__put(&again, &functions);
	assert_int_equal(again.n, fixture->wire.n);
	assert_memory_equal(again.bytes, fixture->wire.bytes, again.n);
	wire__release(&again);
	debug_functions__free(&functions);
}

static void what_is_cut_off_is_refused(void **state)
{
	const struct fixture *fixture = *state;

	for (size_t n = 0; n < fixture->wire.n; n++) {
		struct debug_functions functions;

		assert_int_equal(get(fixture, n, &functions), -EBADMSG);
		debug_functions__free(&functions);
	}
}

static void check_instance(const struct fixture *fixture, const struct debug_functions *functions,
			   const struct debug_instance *instance)
{
	assert_true(instance->part <= PART_RESUMING);
	assert_true(instance->n_ranges && instance->n_body_ranges);
	for (size_t i = 0; i < instance->n_ranges; i++) {
		assert_true(instance->ranges[i].lo < instance->ranges[i].hi);
		assert_true(!i || instance->ranges[i - 1].hi <= instance->ranges[i].lo);
		assert_true(objfile__is_code(fixture->opened.obj, instance->ranges[i].lo));
	}
	for (size_t i = 0; i < instance->n_lines; i++) {
		assert_true(instance->lines[i].lo < instance->lines[i].hi);
		assert_true(!(instance->lines[i].line & DEBUG_PLACE_OTHER) ||
			    (instance->lines[i].line & ~DEBUG_PLACE_OTHER) < functions->places.n);
	}
}

/* Each byte is changed in turn: that is refused, or what arrives is as the header promises. */
static void what_is_changed_does_no_harm(void **state)
{
	const struct fixture *fixture = *state;
	size_t n_refused = 0;

	for (size_t at = 0; at < fixture->wire.n; at++) {
		static const uint8_t changes[] = {0x01, 0x80, 0xff};

		for (size_t k = 0; k < sizeof(changes); k++) {
			struct debug_functions functions;
			int err;

			fixture->wire.bytes[at] ^= changes[k];
			err = get(fixture, fixture->wire.n, &functions);
			fixture->wire.bytes[at] ^= changes[k];
			n_refused += err != 0;
			for (size_t f = 0; !err && f < functions.n; f++)
				for (size_t i = 0; i < functions.items[f].n_instances; i++)
					check_instance(fixture, &functions, &functions.items[f].instances[i]);
			debug_functions__free(&functions);
		}
	}
	assert_true(n_refused > fixture->wire.n / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(functions_arrive_as_they_were, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_cut_off_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_changed_does_no_harm, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
