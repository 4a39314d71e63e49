// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "report/report_html_lines.h"
#include "unit/scene.h"
#include "unit/stacked.h"

#define ATTACK "</script><script>alert(1)</script><img src=x onerror=\"alert(2)\">'"
#define HARMLESS                                                                                                       \
	"&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&quot;alert(2)&quot;&gt;&#39;"

static const struct report_style plain = {.unit = 1e-6, .details = true};

static void add_line(struct profile_function *function, struct profile_line line)
{
	assert_int_equal(profile_function__add_line(function, &line), 0);
}

static void write_page(struct scene *scene, const struct report_style *style)
{
	free(scene->page);
	scene->page = scene__written(scene, &report_html, style);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
		n++;
	return n;
}

static void assert_has(const struct scene *scene, const char *part)
{
	if (!strstr(scene->page, part))
		fail_msg("the page has no \"%s\"", part);
}

static void assert_lacks(const struct scene *scene, const char *part)
{
	if (strstr(scene->page, part))
		fail_msg("the page has \"%s\"", part);
}

static void an_empty_profile(void **state)
{
	struct scene *scene = *state;

	write_page(scene, &plain);
	assert_has(scene, "There is no function in this profile.");
	assert_lacks(scene, "<table");
	assert_lacks(scene, "<section");
	assert_int_equal(strncmp(scene->page, "<!DOCTYPE html>\n", 16), 0);
	assert_has(scene, "</body>\n</html>\n");
}

static void others_text_is_text(void **state)
{
	struct scene *scene = *state;
	char *command[] = {ATTACK, "\x1b[1m", NULL};
	struct profile_function *f;

	scene__put_source(scene, ATTACK "\n\xff&lt;\x1b[31m\n");
	f = scene__add_function(scene, ATTACK, 1);
	f->owner = (struct profile_owner){.pid = 1, .tid = 2, .comm = "\"><b>&"};
	add_line(f, (struct profile_line){.line = 1, .hits = 1});
	add_line(f, (struct profile_line){.line = 2, .hits = 1});
	assert_int_equal(profile_function__set_place(f, ATTACK "object", ATTACK "id", scene->files), 0);
	assert_int_equal(profile_function__add_note(f, "%s", ATTACK "note"), 0);
	assert_int_equal(profile__add_note(scene->profile, "%s", ATTACK "last"), 0);
	assert_int_equal(profile__set_command(scene->profile, command), 0);
	assert_non_null(profile__add_function(scene->profile, "g", "", "/" ATTACK "/x.c", 1));
	write_page(scene, &plain);

	/* The page has one script: our own. */
	assert_int_equal(count(scene->page, "<script"), 1);
	assert_int_equal(count(scene->page, "</script"), 1);
	assert_lacks(scene, "<img");
	assert_lacks(scene, "onerror=\"");
	assert_lacks(scene, "<b>&");
	assert_has(scene, "<td>" HARMLESS "</td>");
	assert_has(scene, "<td>\\xff&amp;lt;\\x1b[31m</td>");
	assert_has(scene, HARMLESS "object</dd>");
	assert_has(scene, HARMLESS "id\">");
	assert_has(scene, "<li>" HARMLESS "note</li>");
	assert_has(scene, "<li>" HARMLESS "last</li>");
	assert_has(scene, "<title>" HARMLESS " \\x1b[1m \xc2\xb7 lprof-bpf</title>");
	assert_has(scene, "thread 2 of process 1 (&quot;&gt;&lt;b&gt;&amp;)");
	assert_has(scene, "The profile holds no source text of /" HARMLESS "/x.c; the lines are");
}

static void the_page_may_fetch_nothing(void **state)
{
	struct scene *scene = *state;

	write_page(scene, &plain);
	assert_has(scene, "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-");
	assert_lacks(scene, "://");
	assert_lacks(scene, "src=");
	assert_lacks(scene, "url(");
	assert_lacks(scene, "@import");
}

static void the_numbers_are_the_profiles(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f;

	scene__put_source(scene, "int f(void)\n{\n\treturn g();\n\tabort();\n}\n");
	f = scene__add_function(scene, "f", 1);
	f->calls = 1234;
	add_line(f, (struct profile_line){.line = 1, .hits = 1234, .time_ns = 250000});
	add_line(f, (struct profile_line){.line = 3, .hits = 1234, .time_ns = 1500000750, .uncertainty_ns = 10});
	add_line(f, (struct profile_line){.line = 4});
	f = scene__add_function(scene, "g", 5);
	add_line(f, (struct profile_line){.line = 5, .hits = 1000000, .time_ns = 500000000});
	write_page(scene, &plain);

	assert_has(scene,
		   "<tr id=\"f1l1\" data-time=\"250000\" style=\"--h:100\"><th scope=\"row\">1</th><td>1,234</td>"
		   "<td>250.0</td><td>0.203</td><td>0.0</td><td>int f(void)</td></tr>");
	assert_has(scene, "<tr><th scope=\"row\">2</th><td colspan=\"4\"></td><td>{</td></tr>");
	assert_has(scene, "<tr id=\"f1l3\" data-time=\"1500000750\" style=\"--t:100;--h:100\"><th scope=\"row\">3</th>"
			  "<td>1,234</td><td>1,500,000.8</td><td>1,215.560</td><td>100.0</td><td>\treturn g();</td>");
	assert_has(scene, "<tr id=\"f1l4\"><th scope=\"row\">4</th><td>0</td><td></td><td></td><td></td>"
			  "<td>\tabort();</td>");
	assert_has(scene, ":1</td><td data-value=\"1234\">1,234</td><td data-value=\"1500250750\">1.5 s</td>"
			  "<td class=\"share\" style=\"--p:75.0\" data-value=\"1500250750\">75.0</td>"
			  "<td data-value=\"2468\">2,468</td></tr>");
	assert_has(scene, "<a href=\"#f1l3\">hottest line 3</a>");
	/* No time is uncertain or off the processor, and there is no sentence. */
	assert_lacks(scene, "~");
	assert_lacks(scene, "&plusmn;");
	assert_lacks(scene, "% blocked</th>");
	assert_lacks(scene, "<dt>Waiting");
	assert_lacks(scene, "class=\"notes\"");
}

static void the_unit_is_the_styles(void **state)
{
	static const struct {
		double unit;
		const char *title, *time, *per_hit;
	} cases[] = {
		{1e-9, "Time (ns)", "<td>1,500,000,000</td>", "<td>375,000,000</td>"},
		{1e-3, "Time (ms)", "<td>1,500.0000</td>", "<td>375.000000</td>"},
		{1, "Per hit (s)", "<td>1.500000</td>", "<td>0.375000</td>"},
		{0.5, "Per hit (0.5 s)", "<td>3.000000</td>", "<td>0.750000</td>"},
	};
	struct scene *scene = *state;

	add_line(scene__add_function(scene, "f", 1),
		 (struct profile_line){.line = 1, .hits = 4, .time_ns = 1500000000});
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct report_style style = plain;

		style.unit = cases[i].unit;
		write_page(scene, &style);
		assert_has(scene, cases[i].title);
		assert_has(scene, cases[i].time);
		assert_has(scene, cases[i].per_hit);
	}
}

static void without_source(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f = scene__add_function(scene, "f", 10);

	add_line(f, (struct profile_line){.line = 12, .hits = 1, .time_ns = 1000});
	add_line(f, (struct profile_line){.line = 4000000000});
	write_page(scene, &plain);
	assert_has(scene, "Could not find file ");
	assert_has(scene,
		   "<td>100.0</td><td></td></tr><tr id=\"f1l4000000000\"><th scope=\"row\">4000000000</th><td>0</td>");
	assert_int_equal(count(scene->page, "<th scope=\"row\">"), 3);
}

static void what_is_wrong_is_said(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f;

	scene__put_source(scene, "f\ng\n");
	f = scene__add_function(scene, "f", 1);
	add_line(f, (struct profile_line){.line = 1, .hits = 1, .time_ns = 1000000});
	add_line(f, (struct profile_line){.line = 3, .time_ns = 3000000});
	write_page(scene, &plain);
	assert_has(
		scene,
		"<li>0.003 s of the total time belong to lines without a hit</li>\n<li>the program has code on line 3 "
		"but the file has 2 lines: it is not the file the program was built from, and the source shown may be "
		"wrong</li>");
}

static void uncertain_times_are_marked_and_explained(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f = scene__add_function(scene, "f", 1);

	add_line(f, (struct profile_line){.line = 1, .hits = 10, .time_ns = 2000, .uncertainty_ns = 2500});
	add_line(f, (struct profile_line){.line = 2, .hits = 10, .time_ns = 6000, .uncertainty_ns = 2500});
	write_page(scene, &plain);
	assert_has(scene, "<td title=\"&plusmn; 2.5 \xc2\xb5s\">2.0</td><td>0.200</td><td class=\"u\">25.0~</td>");
	assert_has(scene, "<td title=\"&plusmn; 2.5 \xc2\xb5s\">6.0</td><td>0.600</td><td>75.0</td>");
	assert_has(scene, "<code>~</code> The time is within what is uncertain");
}

static void time_off_the_processor_has_columns(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f = scene__add_function(scene, "f", 1);

	add_line(f, (struct profile_line){.line = 1, .hits = 1, .time_ns = 2000000, .blocked_ns = 500000});
	add_line(f, (struct profile_line){.line = 2, .hits = 1, .time_ns = 2000000, .waiting_ns = 1250000});
	write_page(scene, &plain);
	assert_has(scene, "<th scope=\"col\">% blocked</th><th scope=\"col\">Waiting (\xc2\xb5s)</th>");
	assert_has(scene, "<td>50.0</td><td>25.0</td><td></td><td></td></tr>");
	assert_has(scene, "<td>50.0</td><td></td><td>1,250.0</td><td></td></tr>");
	assert_has(scene, "<dt>Blocked</dt><dd>12.5 %</dd>");
	assert_has(scene, "<dt>Waiting</dt><dd>+ 1.25 ms (31.2 %)</dd>");
	/* Less than a hundredth of the time gets no column. */
	f->blocked_ns = f->waiting_ns = 39999;
	write_page(scene, &plain);
	assert_lacks(scene, "% blocked</th>");
	assert_lacks(scene, "Waiting (");
}

static void the_longest_comes_first(void **state)
{
	struct scene *scene = *state;
	struct report_style style = plain;

	add_line(scene__add_function(scene, "short", 1), (struct profile_line){.line = 1, .hits = 1, .time_ns = 1});
	add_line(scene__add_function(scene, "unhit", 5), (struct profile_line){.line = 5});
	add_line(scene__add_function(scene, "long", 9), (struct profile_line){.line = 9, .hits = 1, .time_ns = 2});
	write_page(scene, &style);
	assert_has(scene, "<section id=\"f1\" aria-labelledby=\"f1name\" style=\"--n:1\" data-name=\"long\">");
	assert_has(scene, "<section id=\"f2\" aria-labelledby=\"f2name\" style=\"--n:1\" data-name=\"short\">");
	assert_has(scene, "data-name=\"unhit\"");
	style.skip_zero = true;
	write_page(scene, &style);
	assert_lacks(scene, "unhit");
	style.details = false;
	write_page(scene, &style);
	assert_lacks(scene, "<section");
	assert_has(scene, "<tr data-function=\"f1\"><th scope=\"row\">long</th>");
}

static void long_functions_have_several_tables(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f = scene__add_function(scene, "f", 1);

	for (uint32_t line = 1; line <= 2000; line++)
		add_line(f, (struct profile_line){.line = line, .hits = line});
	write_page(scene, &plain);
	assert_int_equal(count(scene->page, "<table class=\"lines\">"), 2);
	add_line(f, (struct profile_line){.line = 2001, .hits = 1});
	write_page(scene, &plain);
	assert_int_equal(count(scene->page, "<table class=\"lines\">"), 3);
	assert_int_equal(count(scene->page, "</table>"), 4);
	assert_int_equal(count(scene->page, "<tr id="), 2001);
	assert_has(scene, "<caption>Lines of f from 1001</caption>");
	assert_has(scene, "style=\"--n:1\"><table class=\"lines\">\n<caption>Lines of f from 2001</caption>");
}

static void the_hottest_line(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f = scene__add_function(scene, "f", 1);

	add_line(f, (struct profile_line){.line = 1, .time_ns = 100});
	assert_null(report_html_lines__hottest(f));
	add_line(f, (struct profile_line){.line = 2, .hits = 3, .time_ns = 5});
	add_line(f, (struct profile_line){.line = 3, .hits = 4, .time_ns = 5});
	add_line(f, (struct profile_line){.line = 4, .hits = 9, .time_ns = 4});
	assert_int_equal(report_html_lines__hottest(f)->line, 3);
}

static void sampled_functions_are_text(void **state)
{
	static char name[] = "\n" ATTACK "\t\xff", file[] = ATTACK "file", object[] = ATTACK "object",
		    id[] = ATTACK "id";
	static char none[] = "";
	const struct stack_function with_file = {name, none, file, 7, object, id},
				    bare = {name, none, none, 0, object, id};
	struct scene *scene = *state;
	struct stacks *stacks = stacks__new();
	struct profile_owner owner = {.pid = 1, .tid = 2, .comm = "\"><b>&"};

	assert_non_null(stacks);
	scene->profile->stacks = stacks;
	assert_int_equal(stacks__owner(stacks, &owner), 0);
	assert_int_equal(stacks__function(stacks, &with_file), 0);
	assert_int_equal(stacks__function(stacks, &bare), 1);
	assert_int_equal(stacks__add(stacks, &(struct stack_node){STACKS_NONE, 0, 7, 0, 0, 1, 1000, 0}), 0);
	assert_int_equal(stacks__add(stacks, &(struct stack_node){0, 1, 0, 0, 0, 1, 3000, 0}), 1);
	write_page(scene, &plain);

	assert_int_equal(count(scene->page, "<script"), 1);
	assert_int_equal(count(scene->page, "</script"), 1);
	assert_lacks(scene, "<img");
	assert_lacks(scene, "onerror=\"");
	assert_has(scene, "<td class=\"place\" title=\"" HARMLESS "file\">");
	assert_has(scene, "<dt>" HARMLESS "object</dt><dd>build ID <code>" HARMLESS "id</code>");
	/* Each function has six lines in the data, whatever its name is. */
	assert_has(scene, "data-functions=\"2\" hidden>\\x0a" HARMLESS "\t\\xff\n" HARMLESS "file\n7\n" HARMLESS
			  "object\n" HARMLESS "id\n\n\\x0a" HARMLESS);
	assert_has(scene, "\nthread 2 of process 1 (&quot;&gt;&lt;b&gt;&amp;)\n\n0\n\n\n\n</div>");
	assert_has(scene, "id=\"picture-nodes\" hidden>-1 2 0 0 0\n0 0 1 1000 0\n1 1 1 3000 0\n</div>");
}

static void threads_have_tables_and_calls_of_their_own(void **state)
{
	const struct profile_owner owners[] = {{.pid = 5, .tid = 6, .comm = "a"}, {.pid = 5, .tid = 7, .comm = "b"}};
	struct scene *scene = *state;
	struct stacks *stacks = scene->profile->stacks = stacks__new();

	stacked__add(stacks, &owners[0], "f:3;g:4", 3, 3000, 0);
	stacked__add(stacks, &owners[0], "f:3", 1, 1000, 0);
	stacked__add(stacks, &owners[1], "f:3;h:4", 1, 500, 0);
	for (size_t i = 0; i < 2; i++) {
		struct profile_function *f = profile__add_function(scene->profile, "f", "", "f.c", 1);

		f->owner = owners[i];
		assert_int_equal(profile_function__set_place(f, "/a/program", "", NULL), 0);
		add_line(f, (struct profile_line){.line = 3, .hits = 1, .time_ns = 10 - i});
	}
	assert_int_equal(stacks->n_functions, 3);
	free(stacks->functions[0].build_id);
	stacks->functions[0].build_id = strdup("");
	write_page(scene, &plain);

	/* One row for both tables; in the data, who has which: owners count after the functions. */
	assert_has(scene, "<tr data-function=\"f1 f2\"><th scope=\"row\"><a href=\"#f1\">f</a>");
	assert_has(scene, "\n3:1 4:2 \n");
	assert_has(scene, "<summary title=\"where the samples of this line were\">1 callee</summary><ol><li "
			  "style=\"--p:75.0\"><b>75.0 %</b> <i>3 \xc2\xb5s</i> g</li></ol></details></td></tr>");
	assert_has(scene, "<li style=\"--p:100.0\"><b>100.0 %</b> <i>500 ns</i> h</li>");
}

static void uncounted_functions_show_no_hits(void **state)
{
	struct scene *scene = *state;
	struct profile_function *f = scene__add_function(scene, "f", 1);

	f->uncounted = true;
	add_line(f, (struct profile_line){.line = 1, .time_ns = 250000});
	add_line(f, (struct profile_line){.line = 2});
	write_page(scene, &plain);
	assert_has(scene, "<tr id=\"f1l1\" data-time=\"250000\" style=\"--t:100;\"><th scope=\"row\">1</th><td></td>"
			  "<td>250.0</td><td></td><td>100.0</td><td></td></tr>");
	assert_has(scene, "<tr id=\"f1l2\"><th scope=\"row\">2</th><td></td><td></td><td></td><td></td>");
	assert_lacks(scene, "<dt>Hits</dt>");
	assert_lacks(scene, "<dt>Calls</dt>");
	assert_has(scene, "hottest line 1</a>");
}

static void a_full_disk_is_an_error(void **state)
{
	struct scene *scene = *state;
	FILE *full = fopen("/dev/full", "w");

	assert_non_null(full);
	assert_int_equal(report_html.write(scene->profile, &plain, full), -EIO);
	fclose(full);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene__set_up, scene__tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_profile),
		TEST(others_text_is_text),
		TEST(the_page_may_fetch_nothing),
		TEST(the_numbers_are_the_profiles),
		TEST(the_unit_is_the_styles),
		TEST(without_source),
		TEST(what_is_wrong_is_said),
		TEST(uncertain_times_are_marked_and_explained),
		TEST(time_off_the_processor_has_columns),
		TEST(the_longest_comes_first),
		TEST(long_functions_have_several_tables),
		TEST(the_hottest_line),
		TEST(sampled_functions_are_text),
		TEST(threads_have_tables_and_calls_of_their_own),
		TEST(uncounted_functions_show_no_hits),
		TEST(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
