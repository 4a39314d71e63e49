// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/debuginfo.h"

#include <errno.h>

#include "unit/opened.h"

static const char c_program[] = "#include <stdio.h>\n"				     /* 1 */
				"static inline int square(int x)\n"		     /* 2 */
				"{\n"						     /* 3 */
				"	int y = x * x;\n"			     /* 4 */
				"	return y + 1;\n"			     /* 5 */
				"}\n"						     /* 6 */
				"__attribute__((noinline)) int work(int n)\n"	     /* 7 */
				"{\n"						     /* 8 */
				"	int t = 0;\n"				     /* 9 */
				"	for (volatile int i = 0; i < n; i++)\n"	     /* 10 */
				"		t += square(i);\n"		     /* 11 */
				"	return t;\n"				     /* 12 */
				"}\n"						     /* 13 */
				"int main(int argc, char **argv)\n"		     /* 14 */
				"{\n"						     /* 15 */
				"	return printf(\"%d\\n\", work(argc)) < 0;\n" /* 16 */
				"}\n";

static const char cc_program[] =
	"namespace ns {\n"								     /* 1 */
	"template <class T> T biggest(T a, T b)\n"					     /* 2 */
	"{\n"										     /* 3 */
	"	return a > b ? a : b;\n"						     /* 4 */
	"}\n"										     /* 5 */
	"struct Cls {\n"								     /* 6 */
	"	int v;\n"								     /* 7 */
	"	explicit Cls(int x);\n"							     /* 8 */
	"	int method(int n);\n"							     /* 9 */
	"};\n"										     /* 10 */
	"Cls::Cls(int x) : v(x)\n"							     /* 11 */
	"{\n"										     /* 12 */
	"}\n"										     /* 13 */
	"int Cls::method(int n)\n"							     /* 14 */
	"{\n"										     /* 15 */
	"	auto twice = [&](int q) {\n"						     /* 16 */
	"		return q * 2 + v;\n"						     /* 17 */
	"	};\n"									     /* 18 */
	"	return twice(n);\n"							     /* 19 */
	"}\n"										     /* 20 */
	"namespace { int hidden(int x) { return x; } }\n"				     /* 21 */
	"}\n"										     /* 22 */
	"int main(int argc, char **)\n"							     /* 23 */
	"{\n"										     /* 24 */
	"	ns::Cls c(argc);\n"							     /* 25 */
	"	return c.method(ns::biggest(argc, 1)) + (int)ns::biggest(1.0, 2.0 * argc)\n" /* 26 */
	"		+ ns::hidden(argc);\n"						     /* 27 */
	"}\n";

/* Checks what debuginfo.h promises of every instance. */
static void check_instance(const struct debug_instance *instance)
{
	size_t span = 0;

	assert_true(instance->n_ranges > 0 && instance->n_body_ranges > 0);
	for (size_t i = 0; i < instance->n_ranges; i++) {
		uint64_t at = instance->ranges[i].lo;

		assert_true(at < instance->ranges[i].hi);
		assert_true(i == 0 || at > instance->ranges[i - 1].hi);
		while (at < instance->ranges[i].hi) {
			assert_true(span < instance->n_lines);
			assert_int_equal(instance->lines[span].lo, at);
			assert_true(instance->lines[span].hi > at);
			at = instance->lines[span++].hi;
		}
		assert_int_equal(at, instance->ranges[i].hi);
	}
	assert_int_equal(span, instance->n_lines);
}

static void check_c(struct scratch *scratch, const char *command, bool inlines)
{
	const struct debug_function *function;
	struct opened opened;
	struct cfa_rule rule;

	compiled__run(scratch, command);
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "work"), 1);
	function = &opened.found.items[0];
	assert_string_equal(function->name, "work");
	assert_string_equal(function->linkage_name, "");
	assert_int_equal(function->line, 7);
	assert_true(function->last_line == 12 || function->last_line == 13);
	assert_string_equal(strrchr(function->file, '/'), "/a.c");
	assert_int_equal(function->file[0], '/');
	assert_int_equal(function->n_instances, 1);
	check_instance(&function->instances[0]);
	assert_false(function->instances[0].inlined);
	assert_int_equal(function->instances[0].entry, function->instances[0].body_entry);
	assert_true(has_line(function, 10) && has_line(function, 11));
	/* Inlined code must be on the line of its call. */
	assert_false(has_line(function, 4) || has_line(function, 5));
	assert_int_equal(debuginfo__cfa(opened.info, function->instances[0].entry, &rule), 0);
	assert_int_equal(rule.reg, 7);
	assert_int_equal(rule.offset, 8);
	assert_false(rule.deref);
	assert_int_equal(debuginfo__cfa(opened.info, 1, &rule), -ENOENT);
	assert_int_equal(find(&opened, "square"), 1);
	function = &opened.found.items[0];
	assert_int_equal(function->line, 2);
	assert_int_equal(function->n_instances, 1);
	check_instance(&function->instances[0]);
	assert_int_equal(function->instances[0].inlined, inlines);
	assert_true(has_line(function, 4) || has_line(function, 5));
	assert_false(has_line(function, 11));
	assert_int_equal(find(&opened, "a.c:8"), 1);
	assert_string_equal(opened.found.items[0].name, "work");
	assert_int_equal(find(&opened, "a.c:11"), 1);
	assert_string_equal(opened.found.items[0].name, "work");
	assert_int_equal(find(&opened, "a.c:4-11"), 2);
	assert_int_equal(find(&opened, "a.c:20"), 0);
	assert_int_equal(find(&opened, "b.c:11"), 0);
	assert_int_equal(find(&opened, "a.c:w*"), 1);
	assert_int_equal(find(&opened, "b.c:work"), 0);
	assert_int_equal(find(&opened, "/^(work|main)$/"), 2);
	assert_int_equal(find(&opened, "wor"), 0);
	close_program(&opened);
}

static void c_functions(void **state)
{
	static const char *const compilers[] = {"gcc -g",     "gcc -gdwarf-4",	"clang -g",    "clang -gdwarf-4",
						"gcc -g -gz", "gcc -g -no-pie", "gcc -g -flto"};
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.c", c_program, 0644));
	for (size_t i = 0; i < sizeof(compilers) / sizeof(compilers[0]); i++) {
		char command[256];

		for (int level = 0; level <= 2; level += 2) {
			snprintf(command, sizeof(command), "cd @ && %s -O%d -o program a.c", compilers[i], level);
			check_c(scratch, command, level > 0);
		}
	}
	scratch__free(scratch);
}

static void check_cc(struct scratch *scratch, const char *command)
{
	const struct debug_function *function;
	struct opened opened;

	compiled__run(scratch, command);
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "method"), 1);
	function = &opened.found.items[0];
	assert_string_equal(function->name, "ns::Cls::method");
	assert_string_equal(function->linkage_name, "_ZN2ns3Cls6methodEi");
	assert_int_equal(function->line, 14);
	assert_int_equal(find(&opened, "_ZN2ns3Cls6methodEi"), 1);
	assert_int_equal(find(&opened, "ns::Cls::method"), 1);
	assert_int_equal(find(&opened, "Other::method"), 0);
	assert_int_equal(find(&opened, "biggest"), 2);
	assert_int_equal(find(&opened, "ns::biggest<double>"), 1);
	assert_string_equal(opened.found.items[0].name, "ns::biggest<double>");
	assert_int_equal(find(&opened, "hidden"), 1);
	assert_string_equal(opened.found.items[0].name, "ns::(anonymous namespace)::hidden");
	assert_int_equal(find(&opened, "_ZN2ns3ClsC2Ei"), 1);
	assert_int_equal(find(&opened, "ns::Cls::Cls"), 1);
	assert_int_equal(opened.found.items[0].line, 11);
	assert_int_equal(find(&opened, "operator()"), 1);
	assert_int_equal(opened.found.items[0].line, 16);
	assert_true(has_line(&opened.found.items[0], 17));
	for (size_t i = 0; find(&opened, "*") && i < opened.found.n; i++)
		for (size_t j = 0; j < opened.found.items[i].n_instances; j++)
			check_instance(&opened.found.items[i].instances[j]);
	close_program(&opened);
}

static void cc_functions(void **state)
{
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.cc", cc_program, 0644));
	check_cc(scratch, "cd @ && g++ -g -O0 -o program a.cc");
	check_cc(scratch, "cd @ && g++ -gdwarf-4 -O0 -o program a.cc");
	check_cc(scratch, "cd @ && clang++ -g -O0 -o program a.cc");
	check_cc(scratch, "cd @ && clang++ -gdwarf-4 -O0 -o program a.cc");
	scratch__free(scratch);
}

/* Distributions build packages like this: the compilation directory is made relative. */
static void relative_directory(void **state)
{
	struct scratch *scratch = scratch__new();
	struct opened opened;

	(void)state;
	free(scratch__write(scratch, "a.c", c_program, 0644));
	compiled__run(scratch, "cd @ && gcc -g -O0 -ffile-prefix-map=@=./pkg -o program a.c");
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "a.c:work"), 1);
	assert_string_equal(opened.found.items[0].file, "./pkg/a.c");
	assert_true(has_line(&opened.found.items[0], 10));
	close_program(&opened);
	scratch__free(scratch);
}

/* A function in a header that two units include is one function, with the code of both. */
static void joined_functions(void **state)
{
	struct scratch *scratch = scratch__new();
	struct opened opened;

	(void)state;
	free(scratch__write(scratch, "h.h", "static int both(int x)\n{\n\treturn x + 1;\n}\n", 0644));
	free(scratch__write(scratch, "a.c", "#include \"h.h\"\nint f(int x) { return both(x); }\n", 0644));
	free(scratch__write(scratch, "b.c",
			    "#include \"h.h\"\nint f(int x);\nint main(int c, char **v)\n"
			    "{\n\t(void)v;\n\treturn both(f(c));\n}\n",
			    0644));
	compiled__run(scratch, "cd @ && gcc -g -O0 -o program a.c b.c");
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "both"), 1);
	assert_int_equal(opened.found.items[0].n_instances, 2);
	close_program(&opened);
	scratch__free(scratch);
}

static void separate_files(void **state)
{
	struct scratch *scratch = scratch__new();
	struct target_files *files = seen__by_us(), *below;
	struct objfile *obj;
	struct debuginfo *info = NULL;
	struct opened opened;
	char *root;

	(void)state;
	free(scratch__write(scratch, "a.c", c_program, 0644));
	compiled__run(scratch, "cd @ && gcc -g -O2 -Wl,--build-id=0xabcdef0123456789 -o full a.c && "
			       "objcopy --only-keep-debug full program.debug && "
			       "objcopy --strip-debug --add-gnu-debuglink=program.debug full program");
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "work"), 1);
	check_instance(&opened.found.items[0].instances[0]);
	close_program(&opened);

	/* Debug files are found by build ID below another root directory. */
	compiled__run(scratch, "cd @ && mkdir -p root/usr/lib/debug/.build-id/ab && "
			       "mv program.debug root/usr/lib/debug/.build-id/ab/cdef0123456789.debug");
	obj = compiled__open(scratch, "program");
	assert_int_equal(debuginfo__open(obj, files, DEBUGINFO_AT_HAND, &scratch->diag, &info), -ENOENT);
	assert_string_equal(scratch__said(scratch), "");
	assert_int_equal(debuginfo__open(obj, files, DEBUGINFO_REQUIRED, &scratch->diag, &info), -ENOENT);
	assert_said(scratch, "abcdef0123456789");
	if (!geteuid()) {
		root = scratch__path(scratch, "root");
		below = seen__below(root, 0);
		assert_int_equal(debuginfo__open(obj, below, DEBUGINFO_REQUIRED, &scratch->diag, &info), 0);
		free(root);
		debuginfo__close(info);
		target_files__unref(below);
	}

	/* A debug file of another build is refused. */
	compiled__run(scratch, "cd @ && gcc -g -Wl,--build-id=0xabcdef0123459999 -o full a.c && "
			       "objcopy --only-keep-debug full program.debug");
	assert_int_equal(debuginfo__open(obj, files, DEBUGINFO_REQUIRED, &scratch->diag, &info), -ESTALE);
	assert_said(scratch, "another build");
	target_files__unref(files);
	objfile__close(obj);
	scratch__free(scratch);
}

/* Without a build ID the CRC in .gnu_debuglink tells whether the file is the right one. */
static void separate_file_by_crc(void **state)
{
	struct target_files *files = seen__by_us();
	struct scratch *scratch = scratch__new();
	struct debuginfo *info = NULL;
	struct opened opened;
	struct objfile *obj;

	(void)state;
	free(scratch__write(scratch, "a.c", c_program, 0644));
	compiled__run(scratch, "cd @ && gcc -g -O2 -Wl,--build-id=none -o full a.c && "
			       "objcopy --only-keep-debug full program.debug && "
			       "objcopy --strip-debug --add-gnu-debuglink=program.debug full program");
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "work"), 1);
	close_program(&opened);
	compiled__run(scratch, "echo >> @/program.debug");
	obj = compiled__open(scratch, "program");
	assert_int_equal(debuginfo__open(obj, files, DEBUGINFO_REQUIRED, &scratch->diag, &info), -ESTALE);
	objfile__close(obj);
	target_files__unref(files);
	scratch__free(scratch);
}

static void missing_dwo(void **state)
{
	struct scratch *scratch = scratch__new();
	struct opened opened;

	(void)state;
	free(scratch__write(scratch, "a.c", c_program, 0644));
	compiled__run(scratch, "cd @ && gcc -g -gsplit-dwarf -c a.c && gcc -o program a.o");
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "work"), 1);
	assert_int_equal(opened.found.items[0].line, 7);
	close_program(&opened);
	assert_string_equal(scratch__said(scratch), "");
	compiled__run(scratch, "rm @/*.dwo");
	/* The symbol table and the line table are there still. */
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "work"), 1);
	assert_int_equal(opened.found.items[0].line, 8);
	assert_true(has_line(&opened.found.items[0], 10));
	close_program(&opened);
	assert_said(scratch, "a.dwo");
	scratch__free(scratch);
}

static int count_names(const char *name, const char *file, unsigned line, void *ctx)
{
	size_t *n = ctx;

	assert_true(*name && *file && line > 0);
	++*n;
	return strcmp(name, "stop") == 0 ? 42 : 0;
}

static void names(void **state)
{
	struct scratch *scratch = scratch__new();
	struct opened opened;
	size_t n = 0;

	(void)state;
	free(scratch__write(scratch, "a.c", "int stop(void)\n{\n\treturn 1;\n}\nint main(void)\n{\n\treturn 0;\n}\n",
			    0644));
	compiled__run(scratch, "cd @ && gcc -g -O0 -o program a.c");
	opened = open_program(scratch);
	assert_int_equal(debuginfo__each_name(opened.info, NULL, 0, count_names, &n), 42);
	close_program(&opened);
	compiled__run(scratch, "cd @ && gcc -g -O0 -Dstop=go -o program a.c");
	opened = open_program(scratch);
	n = 0;
	assert_int_equal(debuginfo__each_name(opened.info, NULL, 0, count_names, &n), 0);
	assert_int_equal(n, 2);
	close_program(&opened);
	scratch__free(scratch);
}

/* Whatever is damaged in the debug information, the reader must return some answer and not crash. */
static void damaged(void **state)
{
	struct target_files *files;
	struct scratch *scratch = scratch__new();
	struct objfile *obj;
	char *path;

	(void)state;
	free(scratch__write(scratch, "a.cc", cc_program, 0644));
	compiled__run(scratch, "cd @ && g++ -g -O1 -o program a.cc");
	path = scratch__path(scratch, "program");
	files = seen__by_us();
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct debuginfo *info = NULL;
		FILE *file = fopen(path, "r+e");
		unsigned random = seed * 2654435761u;
		long size;

		assert_non_null(file);
		fseek(file, 0, SEEK_END);
		size = ftell(file);
		/* The damage accumulates. It starts after the first third of the file, because that is mostly code. */
		fseek(file, size / 3 + (long)(random % (unsigned)(size / 2)), SEEK_SET);
		fputc((int)(random >> 24), file);
		fclose(file);
		if (objfile__open(path, path, &obj))
			break;
		if (debuginfo__open(obj, files, DEBUGINFO_AT_HAND, &scratch->diag, &info) == 0) {
			struct opened opened = {.obj = obj, .info = info};
			struct selector *selector = NULL;

			assert_int_equal(selector__parse("*", &selector), 0);
			debuginfo__find(info, (const struct selector *const *)&selector, 1, NULL, &opened.found);
			debug_functions__free(&opened.found);
			selector__free(selector);
			debuginfo__close(info);
		}
		objfile__close(obj);
	}
	target_files__unref(files);
	free(path);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_functions),	    cmocka_unit_test(cc_functions),
		cmocka_unit_test(joined_functions), cmocka_unit_test(relative_directory),
		cmocka_unit_test(separate_files),   cmocka_unit_test(separate_file_by_crc),
		cmocka_unit_test(missing_dwo),	    cmocka_unit_test(names),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
