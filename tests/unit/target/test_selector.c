// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/selector.h"

#include <errno.h>

#include "unit/test.h"

static struct selector *parse(const char *text)
{
	struct selector *selector = NULL;

	assert_int_equal(selector__parse(text, &selector), 0);
	assert_string_equal(selector__text(selector), text);
	return selector;
}

static bool selects(const char *text, const char *bare, const char *qualified, const char *linkage)
{
	struct selector *selector = parse(text);
	const struct function_names names = {.bare = bare, .qualified = qualified, .linkage = linkage};
	bool result = selector__matches_name(selector, &names);

	selector__free(selector);
	return result;
}

static bool is_file(const char *text, const char *path)
{
	struct selector *selector = parse(text);
	bool result = selector__matches_file(selector, path);

	selector__free(selector);
	return result;
}

static void assert_exact(const char *text, const char *exact)
{
	struct selector *selector = parse(text);

	if (exact)
		assert_string_equal(selector__exact_name(selector), exact);
	else
		assert_null(selector__exact_name(selector));
	selector__free(selector);
}

static void test_bad(void **state)
{
	static const char *const bad[] = {"",
					  "//",
					  "/(/",
					  ":f",
					  "a.c:",
					  "a.c:0",
					  "a.c:5-4",
					  "a.c:5-",
					  "a.c:5x",
					  "a.c:0-3",
					  "a.c:5-6-7",
					  "a.c:99999999999999999999",
					  "a.c:4294967296"};
	struct selector *selector;

	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(selector__parse(bad[i], &selector), -EINVAL);
}

static void several_with_commas(void **state)
{
	static const struct {
		const char *text, *rest;
	} cases[] = {
		{"f", ""},
		{"f,g", ",g"},
		{"f,", ","},
		{",f", ",f"},
		{"f(int, long),g", ",g"},
		{"Foo<long, 1>::add,g", ",g"},
		{"main.Sum[int,string],main.main", ",main.main"},
		{"lam()::{lambda(int, int)#1},f", ",f"},
		{"Q::operator,", ""},
		{"Q::operator,,f", ",f"},
		{"Q::operator<,f", ",f"},
		{"a.c:10-20,b.c:f", ",b.c:f"},
		{"/a,b/", ""},
		{"/src/a.c:3,f", ",f"},
		{"[ab]*,f", ",f"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(cases[i].text + selector__first_of(cases[i].text), cases[i].rest);
}

static void test_names(void **state)
{
	(void)state;
	assert_true(selects("f", "f", "f", NULL));
	assert_true(selects("f", "f", NULL, NULL));
	assert_true(selects("f", "f", "ns::f", "_ZN2ns1fEv"));
	assert_false(selects("f", "ff", "ns::ff", NULL));
	assert_true(selects("ns::f", "f", "ns::f", NULL));
	assert_true(selects("B::f", "f", "a::B::f", NULL));
	assert_false(selects("B::f", "f", "AB::f", NULL));
	assert_true(selects("_ZN2ns1fEv", "f", "ns::f", "_ZN2ns1fEv"));
	assert_false(selects("_ZN2ns1fEv", "f", "ns::f", NULL));
	assert_true(selects("::f", "f", "f", NULL));
	assert_false(selects("::f", "f", "ns::f", NULL));
	assert_false(selects("f", NULL, NULL, NULL));
}

static void test_templates(void **state)
{
	(void)state;
	assert_true(selects("max", "max<int>", "ns::max<int>", NULL));
	assert_true(selects("max<int>", "max<int>", "ns::max<int>", NULL));
	assert_false(selects("max<int>", "max<long>", "ns::max<long>", NULL));
	assert_true(selects("std::vector::push_back", "push_back", "std::vector<int, std::allocator<int> >::push_back",
			    NULL));
	assert_true(selects("vector<int,std::allocator<int>>::push_back", "push_back",
			    "std::vector<int, std::allocator<int> >::push_back", NULL));
	assert_true(selects("A<int>::f", "f<B::C>", "A<int>::f<B::C>", NULL));
	assert_false(selects("C", "f<B::C>", "f<B::C>", NULL));
	assert_true(selects("operator<", "operator< <int>", "ns::operator< <int>", NULL));
	assert_true(selects("operator<<", "operator<<", "ns::operator<<", NULL));
	assert_false(selects("operator<", "operator<<", "ns::operator<<", NULL));
	assert_true(selects("operator()", "operator()", "f::<lambda(int)>::operator()", NULL));
	assert_true(selects("operator*", "operator*", "A::operator*", NULL));
	assert_false(selects("operator*", "operator+", "A::operator+", NULL));
	assert_true(selects("operator[]", "operator[]", "A::operator[]", NULL));
	assert_true(selects("f::<lambda(int)>::operator()", "operator()", "f::<lambda(int)>::operator()", NULL));
	assert_true(selects("ns::f", "f", "ns::(anonymous namespace)::f", NULL));
	assert_true(selects("ns::(anonymous namespace)::f", "f", "ns::(anonymous namespace)::f", NULL));
}

static void test_parameters(void **state)
{
	(void)state;
	assert_true(selects("f", NULL, "ns::f(int, char)", NULL));
	assert_true(selects("f(int,char)", NULL, "ns::f(int, char)", NULL));
	assert_false(selects("f(int)", NULL, "ns::f(char)", NULL));
	assert_true(selects("f(int)", "f", "ns::f", NULL));
}

static void test_patterns(void **state)
{
	(void)state;
	assert_true(selects("ns::*", "f", "ns::f", NULL));
	assert_true(selects("g?t*", "get_it", "get_it", NULL));
	assert_false(selects("g?t*", "forget", "forget", NULL));
	assert_true(selects("/get$/", "forget", "forget", NULL));
	assert_false(selects("/^get/", "forget", "forget", NULL));
	assert_true(selects("/^(a|b)::f$/", "f", "b::f", NULL));
	assert_true(selects("_ZN2ns*", "f", "ns::f", "_ZN2ns1fEv"));
}

static void test_exact_names(void **state)
{
	(void)state;
	assert_exact("f", "f");
	assert_exact("ns::Class::method", "method");
	assert_exact("::f", "f");
	assert_exact("A<B::C>::f", "f");
	assert_exact("max<int>", "max");
	assert_exact("f(ns::T)", "f");
	assert_exact("A::operator()", "operator()");
	assert_exact("A::operator<<", "operator<<");
	assert_exact("_ZN2ns1fEv", "_ZN2ns1fEv");
	assert_exact("a.c:f", "f");
	assert_exact("a.cc:ns::f", "f");
	assert_exact("g*", NULL);
	assert_exact("/f/", NULL);
	assert_exact("a.c:12", NULL);
}

static void test_lines(void **state)
{
	struct selector *selector = parse("dir/a.c:12-15");
	unsigned first = 0;
	unsigned last = 0;

	(void)state;

	assert_true(selector__lines(selector, &first, &last));
	assert_int_equal(first, 12);
	assert_int_equal(last, 15);
	assert_string_equal(selector__file(selector), "dir/a.c");
	assert_false(selector__matches_name(selector, &(struct function_names){.bare = "f"}));
	selector__free(selector);
	selector = parse("a.c:7");
	assert_true(selector__lines(selector, &first, &last));
	assert_int_equal(first, 7);
	assert_int_equal(last, 7);
	selector__free(selector);
	selector = parse("ns::f");
	assert_false(selector__lines(selector, &first, &last));
	assert_null(selector__file(selector));
	selector__free(selector);
}

static void test_files(void **state)
{
	(void)state;
	assert_true(is_file("a.c:f", "/src/a.c"));
	assert_true(is_file("a.c:f", "a.c"));
	assert_false(is_file("a.c:f", "/src/aa.c"));
	assert_false(is_file("a.c:f", "/src/a.c/b"));
	assert_true(is_file("x/a.c:f", "/src/x/a.c"));
	assert_false(is_file("x/a.c:f", "/src/y/a.c"));
	assert_true(is_file("/src/a.c:f", "/src/a.c"));
	assert_true(is_file("*.c:f", "/src/a.c"));
	assert_false(is_file("*.c:f", "/src/a.cc"));
	assert_true(is_file("f", "/src/a.cc"));
	assert_false(is_file("a.c:f", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),	    cmocka_unit_test(several_with_commas),
		cmocka_unit_test(test_names),	    cmocka_unit_test(test_templates),
		cmocka_unit_test(test_parameters),  cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_exact_names), cmocka_unit_test(test_lines),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
