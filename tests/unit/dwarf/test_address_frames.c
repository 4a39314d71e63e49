// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/address_frames.h"

#include <errno.h>

#include "unit/opened.h"

enum { MOST = 64 };

static struct address_frames *open_frames(const struct scratch *scratch, const char *name)
{
	struct target_files *files = seen__by_us();
	char *path = scratch__path(scratch, name);
	struct address_frames *frames = NULL;

	assert_int_equal(address_frames__open(path, path, files, &frames), 0);
	target_files__unref(files);
	free(path);
	return frames;
}

/* Only the line of a function that is always inlined may be unknown. */
static bool is_of(const struct address_frame *frame, const struct debug_function *function)
{
	return !strcmp(frame->name, function->name) && !strcmp(frame->linkage, function->linkage_name) &&
	       !strcmp(frame->file, function->file) &&
	       (frame->decl_line == function->line || (!frame->decl_line && function->instances->inlined));
}

/* Checks that at the beginning of SPAN a frame says the same of FUNCTION as its INSTANCE does. */
static void check_span(struct address_frames *frames, const struct opened *opened,
		       const struct debug_function *function, const struct debug_instance *instance,
		       const struct line_span *span)
{
	const struct debug_place place = debug_places__at(&opened->found.places, span->line);
	const char *file = place.file ? place.file : function->file;
	struct address_frame at[MOST];
	int n = address_frames__at(frames, span->lo, at, MOST);

	for (int i = 0; i < n; i++) {
		assert_int_equal(at[i].inlined, i + 1 < n);
		assert_true(at[i].has_lines);
		if (is_of(&at[i], function) && at[i].line == place.line && !strcmp(at[i].line_file, file) &&
		    at[i].entry == instance->body_entry)
			return;
	}
	fail_msg("%s:%u of %s is not among %d frames at 0x%llx", file, place.line, function->name, n,
		 (unsigned long long)span->lo);
}

/* Checks that the frames agree with all functions of the program, of which there are N at least. */
static void check_functions(struct scratch *scratch, const char *command, size_t n)
{
	struct address_frames *frames;
	struct opened opened;

	compiled__run(scratch, command);
	opened = open_program(scratch);
	frames = open_frames(scratch, "program");
	assert_true(find(&opened, "*") >= n);
	for (size_t f = 0; f < opened.found.n; f++) {
		const struct debug_function *function = &opened.found.items[f];

		for (size_t k = 0; k < function->n_instances; k++)
			for (size_t i = 0; i < function->instances[k].n_lines; i++)
				check_span(frames, &opened, function, &function->instances[k],
					   &function->instances[k].lines[i]);
	}
	address_frames__close(frames);
	close_program(&opened);
}

static const char cc_program[] = "#include <cstdio>\n"							/* 1 */
				 "#include <cstdlib>\n"							/* 2 */
				 "namespace ns {\n"							/* 3 */
				 "template <class T> T biggest(T a, T b)\n"				/* 4 */
				 "{\n"									/* 5 */
				 "	return a > b ? a : b;\n"					/* 6 */
				 "}\n"									/* 7 */
				 "struct Cls {\n"							/* 8 */
				 "	int v;\n"							/* 9 */
				 "	explicit Cls(int x);\n"						/* 10 */
				 "	virtual ~Cls();\n"						/* 11 */
				 "	int method(int n);\n"						/* 12 */
				 "};\n"									/* 13 */
				 "Cls::Cls(int x) : v(x)\n"						/* 14 */
				 "{\n"									/* 15 */
				 "	puts(\"c\");\n"							/* 16 */
				 "}\n"									/* 17 */
				 "Cls::~Cls() { puts(\"d\"); }\n"					/* 18 */
				 "int Cls::method(int n)\n"						/* 19 */
				 "{\n"									/* 20 */
				 "	auto twice = [&](int q) {\n"					/* 21 */
				 "		return q * 2 + v;\n"					/* 22 */
				 "	};\n"								/* 23 */
				 "	if (n == 12345) {\n"						/* 24 */
				 "		puts(\"cold\");\n"					/* 25 */
				 "		abort();\n"						/* 26 */
				 "	}\n"								/* 27 */
				 "	return twice(n) + twice(v);\n"					/* 28 */
				 "}\n"									/* 29 */
				 "namespace { int hidden(int x) {\n"					/* 30 */
				 "#include \"part.inc\"\n"						/* 31 */
				 "	return x;\n"							/* 32 */
				 "} }\n"								/* 33 */
				 "}\n"									/* 34 */
				 "int main(int argc, char **)\n"					/* 35 */
				 "{\n"									/* 36 */
				 "	ns::Cls c(argc);\n"						/* 37 */
				 "	return c.method(ns::biggest(argc, 1)) + ns::hidden(argc)\n"	/* 38 */
				 "		+ (int)ns::biggest(1.0, 2.0 * argc) + ns::hidden(3);\n" /* 39 */
				 "}\n";
static const char part[] = "for (int i = 0; i < x; i++)\n\tputs(\"inc\");\n";

static void frames_agree_with_functions(void **state)
{
	static const char *const commands[] = {
		"cd @ && g++ -g -O0 -o program a.cc",	    "cd @ && g++ -g -O2 -o program a.cc",
		"cd @ && g++ -g -O3 -flto -o program a.cc", "cd @ && g++ -gdwarf-4 -O2 -gsplit-dwarf -o program a.cc",
		"cd @ && g++ -g1 -O2 -o program a.cc",	    "cd @ && clang++ -g -O0 -o program a.cc",
		"cd @ && clang++ -g -O2 -o program a.cc",   "cd @ && clang++ -g -O2 -gsplit-dwarf -o program a.cc",
	};
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.cc", cc_program, 0644));
	free(scratch__write(scratch, "part.inc", part, 0644));
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		check_functions(scratch, commands[i], 6);
	scratch__free(scratch);
}

static void frames_of_functions_that_a_linker_made_one_agree(void **state)
{
	static const char *const commands[] = {
		"cd @ && gcc -g -O2 -fno-ipa-icf -ffunction-sections -fuse-ld=gold -Wl,--icf=all -o program a.c",
		"cd @ && clang -g -O2 -ffunction-sections -fuse-ld=lld -Wl,--icf=all -o program a.c",
	};
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.c",
			    "int two(int a)\n{\n\tint t = 0;\n\tfor (int i = 0; i < a; i++)\n\t\tt += i ^ 3;\n"
			    "\treturn t;\n}\n"
			    "int one(int a)\n{\n\tint t = 0;\n\tfor (int i = 0; i < a; i++)\n\t\tt += i ^ 3;\n"
			    "\treturn t;\n}\n"
			    "int main(int c, char **v)\n{\n\t(void)v;\n\treturn one(c) + two(c);\n}\n",
			    0644));
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		check_functions(scratch, commands[i], 2);
	scratch__free(scratch);
}

static void bodies_of_coroutines_are_the_functions_that_begin_them(void **state)
{
	static const char program[] = "#include <coroutine>\n"			    /* 1 */
				      "struct gen { struct promise_type { int v;\n" /* 2 */
				      "	gen get_return_object() { return {std::coroutine_handle<promise_type>::"
				      "from_promise(*this)}; }\n"					/* 3 */
				      "	std::suspend_always initial_suspend() { return {}; }\n"		/* 4 */
				      "	std::suspend_always final_suspend() noexcept { return {}; }\n"	/* 5 */
				      "	std::suspend_always yield_value(int x) { v = x; return {}; }\n" /* 6 */
				      "	void return_void() {} void unhandled_exception() {} };\n"	/* 7 */
				      "	std::coroutine_handle<promise_type> h; };\n"			/* 8 */
				      "static gen numbers(int n)\n"					/* 9 */
				      "{\n"								/* 10 */
				      "	for (int i = 0; i < n; i++)\n"					/* 11 */
				      "		co_yield i * 2;\n"					/* 12 */
				      "}\n"								/* 13 */
				      "int main()\n"							/* 14 */
				      "{\n"								/* 15 */
				      "	int s = 0;\n"							/* 16 */
				      "	gen g = numbers(10);\n"						/* 17 */
				      "	while (!g.h.done()) { g.h.resume(); s += g.h.promise().v; }\n"	/* 18 */
				      "	return s == 0;\n"						/* 19 */
				      "}\n";
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.cc", program, 0644));
	check_functions(scratch, "cd @ && g++ -std=c++20 -fcoroutines -g -O0 -o program a.cc", 2);
	check_functions(scratch, "cd @ && g++ -std=c++20 -fcoroutines -g -O2 -o program a.cc", 2);
	scratch__free(scratch);
}

static const char c_program[] = "#include <stdio.h>\n"				     /* 1 */
				"static volatile int sink;\n"			     /* 2 */
				"static inline int inner(int x)\n"		     /* 3 */
				"{\n"						     /* 4 */
				"	sink = x;\n"				     /* 5 */
				"	return x + 1;\n"			     /* 6 */
				"}\n"						     /* 7 */
				"static inline int outer(int x)\n"		     /* 8 */
				"{\n"						     /* 9 */
				"	x ^= 7;\n"				     /* 10 */
				"	return inner(x);\n"			     /* 11 */
				"}\n"						     /* 12 */
				"__attribute__((noinline)) int work(int n)\n"	     /* 13 */
				"{\n"						     /* 14 */
				"	int t = 0;\n"				     /* 15 */
				"	for (int i = 0; i < n; i++)\n"		     /* 16 */
				"		t += outer(i);\n"		     /* 17 */
				"	return t;\n"				     /* 18 */
				"}\n"						     /* 19 */
				"int main(int argc, char **argv)\n"		     /* 20 */
				"{\n"						     /* 21 */
				"	(void)argv;\n"				     /* 22 */
				"	return printf(\"%d\\n\", work(argc)) < 0;\n" /* 23 */
				"}\n";

/* The entry of the function NAME of the program. */
static uint64_t entry_of(const struct scratch *scratch, const char *object, const char *name)
{
	struct objfile *obj = compiled__open(scratch, object);
	const struct symbols *symbols = objfile__symbols(obj);
	uint64_t entry = 0;

	for (size_t i = 0; i < symbols__count(symbols); i++)
		if (strcmp(symbols__get(symbols, i)->name, name) == 0)
			entry = symbols__get(symbols, i)->vaddr;
	objfile__close(obj);
	assert_int_not_equal(entry, 0);
	return entry;
}

/* Sets AT to the frames of the first code of the function at ENTRY that is N deep. */
static void find_depth(struct address_frames *frames, uint64_t entry, int n, struct address_frame *at)
{
	for (uint64_t addr = entry; addr < entry + 256; addr++)
		if (address_frames__at(frames, addr, at, MOST) == n && at[n - 1].entry == entry)
			return;
	fail_msg("no code is %d deep", n);
}

struct seen_lines {
	char text[64]; /* each line once, with a blank behind it */
};

static int note_line(const char *file, uint32_t line, void *ctx)
{
	struct seen_lines *seen = ctx;
	char number[16];

	assert_string_equal(strrchr(file, '/'), "/a.c");
	snprintf(number, sizeof(number), "%u ", line);
	if (!strstr(seen->text, number))
		strcat(seen->text, number);
	return 0;
}

static void check_chain(struct scratch *scratch, const char *command)
{
	struct address_frame at[MOST];
	struct seen_lines seen = {""};
	struct address_frames *frames;
	uint64_t entry;
	int n = 0;

	compiled__run(scratch, command);
	frames = open_frames(scratch, "program");
	entry = entry_of(scratch, "program", "work");
	find_depth(frames, entry, 3, at);
	assert_string_equal(at[0].name, "inner");
	assert_string_equal(at[0].linkage, "");
	assert_int_equal(at[0].decl_line, 3);
	assert_true(at[0].line == 5 || at[0].line == 6);
	assert_string_equal(at[1].name, "outer");
	assert_int_equal(at[1].line, 11);
	assert_int_equal(at[1].decl_line, 8);
	assert_string_equal(at[2].name, "work");
	assert_int_equal(at[2].line, 17);
	assert_int_equal(at[2].decl_line, 13);
	assert_string_equal(strrchr(at[2].file, '/'), "/a.c");
	assert_true(at[0].inlined && at[1].inlined && !at[2].inlined);
	assert_int_equal(at[0].entry, entry);
	/* Where there is not room for all of them, the innermost ones are left out. */
	for (uint64_t addr = entry; n < 3; addr++)
		n = address_frames__at(frames, addr, at, MOST) == 3 ? address_frames__at(frames, addr, at, 2) + 1 : 0;
	assert_string_equal(at[0].name, "outer");
	assert_string_equal(at[1].name, "work");
	find_depth(frames, entry, 3, at);
	assert_int_equal(address_frames__each_line(frames, &at[1], note_line, &seen), 0);
	assert_true(strstr(seen.text, "10 ") || strstr(seen.text, "8 "));
	assert_non_null(strstr(seen.text, "11 "));
	assert_null(strstr(seen.text, "17 "));
	*seen.text = 0;
	assert_int_equal(address_frames__each_line(frames, &at[2], note_line, &seen), 0);
	assert_non_null(strstr(seen.text, "17 "));
	assert_null(strstr(seen.text, "11 "));
	assert_int_equal(address_frames__at(frames, 1, at, MOST), 0);
	assert_int_equal(address_frames__at(frames, UINT64_MAX, at, MOST), 0);
	assert_true(strlen(address_frames__build_id(frames)) == 40);
	address_frames__close(frames);
}

static void inlined_calls_are_frames(void **state)
{
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.c", c_program, 0644));
	check_chain(scratch, "cd @ && gcc -g -O1 -o program a.c");
	check_chain(scratch, "cd @ && clang -Wl,--build-id -g -O1 -fno-unroll-loops -o program a.c");
	scratch__free(scratch);
}

/* Of line tables, the names are those of symbols, and inlined calls are known without their declarations. */
static void line_tables_alone_tell_of_inlined_calls(void **state)
{
	struct scratch *scratch = scratch__new();
	struct address_frame at[MOST];
	struct address_frames *frames;

	(void)state;
	free(scratch__write(scratch, "a.c", c_program, 0644));
	compiled__run(scratch, "cd @ && clang -gline-tables-only -O1 -o program a.c");
	frames = open_frames(scratch, "program");
	find_depth(frames, entry_of(scratch, "program", "work"), 3, at);
	assert_string_equal(at[0].name, "inner");
	assert_string_equal(strrchr(at[0].file, '/'), "/a.c");
	assert_int_equal(at[0].decl_line, 0);
	assert_int_equal(at[1].line, 11);
	assert_string_equal(at[2].name, "work");
	assert_int_equal(at[2].line, 17);
	assert_int_equal(address_frames__at(frames, entry_of(scratch, "program", "main"), at, MOST), 1);
	assert_string_equal(at[0].name, "main");
	assert_true(at[0].line == 20 || at[0].line == 21 || at[0].line == 23);
	assert_true(at[0].has_lines);
	address_frames__close(frames);
	scratch__free(scratch);
}

static void included_code_is_on_lines_of_its_file(void **state)
{
	struct scratch *scratch = scratch__new();
	struct address_frame at[MOST];
	struct address_frames *frames;
	bool found = false;
	uint64_t entry;

	(void)state;
	free(scratch__write(scratch, "a.cc", cc_program, 0644));
	free(scratch__write(scratch, "part.inc", part, 0644));
	compiled__run(scratch, "cd @ && g++ -g -O0 -o program a.cc");
	frames = open_frames(scratch, "program");
	entry = entry_of(scratch, "program", "_ZN2ns12_GLOBAL__N_16hiddenEi");
	/* The prologue is on the line of the declaration, not on that of a brace below. */
	assert_int_equal(address_frames__at(frames, entry_of(scratch, "program", "_ZN2ns3Cls6methodEi"), at, MOST), 1);
	assert_int_equal(at[0].line, 19);
	for (uint64_t addr = entry; !found && address_frames__at(frames, addr, at, MOST) == 1; addr++)
		found = at[0].line == 2 && !strcmp(strrchr(at[0].line_file, '/'), "/part.inc");
	assert_true(found);
	assert_string_equal(at[0].name, "ns::(anonymous namespace)::hidden");
	assert_string_equal(strrchr(at[0].file, '/'), "/a.cc");
	address_frames__close(frames);
	scratch__free(scratch);
}

static void check_name(struct address_frames *frames, uint64_t addr, const char *name, uint64_t entry)
{
	struct address_frame at[MOST];

	assert_int_equal(address_frames__at(frames, addr, at, MOST), 1);
	assert_string_equal(at[0].name, name);
	assert_string_equal(at[0].file, "");
	assert_int_equal(at[0].line, 0);
	assert_int_equal(at[0].entry, entry);
	assert_false(at[0].has_lines);
	assert_false(at[0].inlined);
}

static void symbols_name_code_without_debug_information(void **state)
{
	static const char library[] = "extern \"C\" int puts(const char *);\n"
				      "static __attribute__((noinline)) int local(int n) { return n + puts(\"x\"); }\n"
				      "namespace ns { int visible(int n) { return local(n) + local(n + 1); } }\n";
	struct scratch *scratch = scratch__new();
	struct address_frames *frames;
	uint64_t local, visible, stub;
	char name[64];

	(void)state;
	free(scratch__write(scratch, "a.cc", library, 0644));
	compiled__run(scratch,
		      "cd @ && g++ -O1 -fPIC -fno-ipa-sra -shared -o full.so a.cc && strip -o bare.so full.so");
	local = entry_of(scratch, "full.so", "_ZL5locali");
	visible = entry_of(scratch, "full.so", "_ZN2ns7visibleEi");
	frames = open_frames(scratch, "full.so");
	check_name(frames, local + 1, "local(int)", local);
	check_name(frames, visible + 1, "ns::visible(int)", visible);
	address_frames__close(frames);
	frames = open_frames(scratch, "bare.so");
	check_name(frames, visible + 1, "ns::visible(int)", visible);
	snprintf(name, sizeof(name), "bare.so+0x%llx", (unsigned long long)local);
	check_name(frames, local + 1, name, local);
	for (stub = 0x1000; stub < local; stub += 16) {
		struct address_frame at[MOST];

		if (address_frames__at(frames, stub, at, MOST) == 1 && !strcmp(at[0].name, "puts@plt"))
			break;
	}
	check_name(frames, stub + 5, "puts@plt", stub);
	address_frames__close(frames);
	scratch__free(scratch);
}

static void what_is_no_object_cannot_be_opened(void **state)
{
	struct scratch *scratch = scratch__new();
	struct target_files *files = seen__by_us();
	char *path = scratch__write(scratch, "a.c", c_program, 0644);
	struct address_frames *frames;

	(void)state;
	assert_int_equal(address_frames__open(path, path, files, &frames), -ENOEXEC);
	address_frames__close(NULL);
	target_files__unref(files);
	free(path);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_agree_with_functions),
		cmocka_unit_test(frames_of_functions_that_a_linker_made_one_agree),
		cmocka_unit_test(bodies_of_coroutines_are_the_functions_that_begin_them),
		cmocka_unit_test(inlined_calls_are_frames),
		cmocka_unit_test(line_tables_alone_tell_of_inlined_calls),
		cmocka_unit_test(included_code_is_on_lines_of_its_file),
		cmocka_unit_test(symbols_name_code_without_debug_information),
		cmocka_unit_test(what_is_no_object_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
