// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wire.h"
#include "unit/test.h"

struct fixture {
	int sockets[2];
	struct wire wire;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fixture->sockets), 0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	close(fixture->sockets[0]);
	close(fixture->sockets[1]);
	wire__release(&fixture->wire);
	free(fixture);
	return 0;
}

static void what_is_put_can_be_read(void **state)
{
	struct fixture *fixture = *state;
	static const uint32_t numbers[] = {7, 8, 9};
	struct wire received = {.bytes = NULL};
	struct wire_reader reader;
	uint32_t kind, *array;
	int number;
	char *text;
	size_t n;

	wire__put_text(&fixture->wire, "text");
	wire__put_text(&fixture->wire, NULL);
	wire__put_text(&fixture->wire, "");
	wire__put_array(&fixture->wire, numbers, 3, sizeof(*numbers));
	wire__put_number(&fixture->wire, UINT64_MAX);
	assert_int_equal(wire__send(fixture->sockets[0], 3, -5, &fixture->wire), 0);
	assert_int_equal(wire__receive(fixture->sockets[1], &kind, &number, &received), 0);
	assert_int_equal(kind, 3);
	assert_int_equal(number, -5);
	reader = wire__reader(&received);
	text = wire__get_text(&reader);
	assert_string_equal(text, "text");
	free(text);
	assert_null(wire__get_text(&reader));
	text = wire__get_text(&reader);
	assert_string_equal(text, "");
	free(text);
	array = wire__get_array(&reader, sizeof(*array), &n);
	assert_int_equal(n, 3);
	assert_memory_equal(array, numbers, sizeof(numbers));
	free(array);
	assert_int_equal(wire__finish(&reader), -EBADMSG);
	assert_true(wire__get_number(&reader) == UINT64_MAX);
	assert_int_equal(wire__finish(&reader), 0);
	assert_int_equal(wire__get_number(&reader), 0);
	assert_int_equal(wire__finish(&reader), -EBADMSG);
	wire__release(&received);
}

/* A count or a length that the bytes cannot hold allocates nothing. */
static void lies_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct wire_reader reader;
	size_t n;

	wire__put_number(&fixture->wire, UINT64_MAX / 2);
	wire__put_number(&fixture->wire, 1);
	reader = wire__reader(&fixture->wire);
	assert_null(wire__get_text(&reader));
	assert_true(reader.failed && !reader.full);
	reader = wire__reader(&fixture->wire);
	assert_null(wire__get_array(&reader, 16, &n));
	assert_int_equal(n, 0);
	assert_true(reader.failed && !reader.full);
	reader = wire__reader(&fixture->wire);
	assert_int_equal(wire__get_count(&reader, 1), 0);
	assert_true(reader.failed);
	reader = wire__reader(&fixture->wire);
	assert_int_equal(wire__get_below(&reader, 2), 0);
	assert_true(reader.failed);
	fixture->wire.n = 0;
	wire__put_number(&fixture->wire, 3);
	wire__put(&fixture->wire, "a\0b", 3);
	reader = wire__reader(&fixture->wire);
	assert_null(wire__get_text(&reader));
	assert_int_equal(wire__finish(&reader), -EBADMSG);
}

static void the_other_end_may_lie_or_be_gone(void **state)
{
	struct fixture *fixture = *state;
	const struct {
		uint64_t size;
		uint32_t kind;
		int32_t number;
	} huge = {.size = UINT64_MAX};
	uint32_t kind;
	int number;

	assert_int_equal(write(fixture->sockets[0], &huge, sizeof(huge)), sizeof(huge));
	assert_int_equal(wire__receive(fixture->sockets[1], &kind, &number, &fixture->wire), -EBADMSG);
	assert_int_equal(write(fixture->sockets[0], &huge, 5), 5);
	close(fixture->sockets[0]);
	assert_int_equal(wire__receive(fixture->sockets[1], &kind, &number, &fixture->wire), -EPIPE);
	assert_int_equal(wire__send(fixture->sockets[1], 1, 0, NULL), -EPIPE);
	fixture->sockets[0] = dup(fixture->sockets[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_put_can_be_read, setup, teardown),
		cmocka_unit_test_setup_teardown(lies_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(the_other_end_may_lie_or_be_gone, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
