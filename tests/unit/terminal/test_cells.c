// SPDX-License-Identifier: GPL-2.0-or-later
#include <locale.h>

#include "terminal/cells.h"
#include "unit/cells_text.h"
#include "unit/test.h"

#define INKS ".123B" /* letters for plain, the heats, and bold */

static int setup(void **state)
{
	static struct cells cells;

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	assert_int_equal(cells__resize(&cells, 2, 10), 0);
	*state = &cells;
	return 0;
}

static int teardown(void **state)
{
	cells__release(*state);
	return 0;
}

static void check_row(const struct cells *cells, int row, const char *expected)
{
	char *text = cells_text(cells, row);

	assert_string_equal(text, expected);
	free(text);
}

static int put(struct cells *cells, int col, int end, int skip, const char *text)
{
	const struct cells_place place = {.col = col, .end = end, .skip = skip, .tab = 4, .ink = INK_BOLD};

	cells__clear(cells);
	return cells__put(cells, &place, text);
}

static void text_ends_where_its_place_does(void **state)
{
	struct cells *cells = *state;

	assert_int_equal(put(cells, 2, 6, 0, "ab"), 4);
	check_row(cells, 0, "  ab");
	assert_int_equal(put(cells, 2, 6, 0, "abcdef"), 6);
	check_row(cells, 0, "  abcd");
	assert_int_equal(put(cells, 2, 99, 0, "abcdefghijk"), 10);
	check_row(cells, 0, "  abcdefgh");
	check_row(cells, 1, "");
	assert_int_equal(put(cells, 2, 6, 0, ""), 2);
	check_row(cells, 0, "");
}

static void rows_that_are_not_there_take_nothing(void **state)
{
	struct cells *cells = *state;
	const struct cells_place below = {.row = 2, .end = 10}, above = {.row = -1, .end = 10};

	cells__put(cells, &below, "x");
	cells__put(cells, &above, "x");
	cells__ink_row(cells, 2, INK_BOLD);
	cells__clear_row(cells, -1);
	check_row(cells, 0, "");
	check_row(cells, 1, "");
}

static void tabs_reach_to_their_stops(void **state)
{
	struct cells *cells = *state;

	put(cells, 1, 10, 0, "\ta\tb");
	check_row(cells, 0, "     a   b");
	put(cells, 0, 10, 0, "abcd\te");
	check_row(cells, 0, "abcd    e");
	assert_int_equal(put(cells, 0, 10, 0, "12345678\tx"), 10);
	check_row(cells, 0, "12345678");
}

static void scrolling_leaves_out_the_start(void **state)
{
	struct cells *cells = *state;

	put(cells, 1, 10, 2, "abcd");
	check_row(cells, 0, " cd");
	put(cells, 1, 10, 2, "\ta\tb"); /* tab stops scroll with the text */
	check_row(cells, 0, "   a   b");
	assert_int_equal(put(cells, 1, 10, 20, "abcd"), 1);
	check_row(cells, 0, "");
}

static void wide_characters_have_two_cells_or_none(void **state)
{
	struct cells *cells = *state;

	assert_int_equal(put(cells, 0, 10, 0, "\xe6\x97\xa5\xe6\x9c\xacx"), 5);
	check_row(cells, 0, "\xe6\x97\xa5\xe6\x9c\xacx");
	assert_int_equal(cells->at[1].text[0], 0);
	assert_int_equal(put(cells, 0, 3, 0, "\xe6\x97\xa5\xe6\x9c\xac"), 3);
	check_row(cells, 0, "\xe6\x97\xa5");
	put(cells, 0, 10, 1, "\xe6\x97\xa5\xe6\x9c\xac"); /* only half of the first character would be visible */
	check_row(cells, 0, " \xe6\x9c\xac");
}

static void marks_combine_with_what_they_follow(void **state)
{
	struct cells *cells = *state;

	assert_int_equal(put(cells, 0, 10, 0, "e\xcc\x81x"), 2);
	check_row(cells, 0, "e\xcc\x81x");
	/* Too many combining characters, and one without a character to combine with. */
	assert_int_equal(put(cells, 0, 10, 0, "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84x"), 2);
	check_row(cells, 0, "e\xcc\x81\xcc\x82x");
	assert_int_equal(put(cells, 0, 10, 0, "\xcc\x81x"), 1);
	check_row(cells, 0, "x");
}

static void what_steers_is_not_shown(void **state)
{
	struct cells *cells = *state;
	const struct cells_place place = {.end = 10};

	put(cells, 0, 10, 0, "a\033[2Jb\x7f");
	check_row(cells, 0, "a?[2Jb?");
	put(cells, 0, 10, 0, "a\xe2\x80\xaeX\xe2\x81\xa6Y"); /* right-to-left override, isolate */
	check_row(cells, 0, "a?X?Y");
	cells__clear(cells);
	cells__put(cells, &place, "a\tb"); /* no tabs here */
	check_row(cells, 0, "a?b");
}

static void other_locales_have_question_marks(void **state)
{
	struct cells *cells = *state;

	setlocale(LC_CTYPE, "C");
	assert_int_equal(put(cells, 0, 10, 0, "\xc3\xa9\xe6\x97\xa5x"), 3);
	setlocale(LC_CTYPE, "C.UTF-8");
	check_row(cells, 0, "??x");
}

static void ink_goes_with_the_text(void **state)
{
	struct cells *cells = *state;
	const struct cells_place hot = {.row = 0, .col = 2, .end = 10, .ink = HEAT_HOT};
	char *inks;

	cells__clear(cells);
	cells__put(cells, &hot, "x\xe6\x97\xa5");
	cells__ink_row(cells, 1, INK_BOLD);
	inks = cells_inks(cells, 0, INKS);
	assert_string_equal(inks, "..333.....");
	free(inks);
	inks = cells_inks(cells, 1, INKS);
	assert_string_equal(inks, "BBBBBBBBBB");
	free(inks);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text_ends_where_its_place_does),
		TEST(rows_that_are_not_there_take_nothing),
		TEST(tabs_reach_to_their_stops),
		TEST(scrolling_leaves_out_the_start),
		TEST(wide_characters_have_two_cells_or_none),
		TEST(marks_combine_with_what_they_follow),
		TEST(what_steers_is_not_shown),
		TEST(other_locales_have_question_marks),
		TEST(ink_goes_with_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
