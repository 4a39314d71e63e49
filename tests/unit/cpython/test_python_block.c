// SPDX-License-Identifier: GPL-2.0-or-later
/* Results are compared with those of Python's module inspect. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpython/python_block.h"
#include "unit/scratch.h"
#include "unit/seen.h"
#include "unit/test.h"

#define MODULES                                                                                                        \
	"argparse dataclasses asyncio.base_events typing json.decoder _pydecimal statistics tarfile inspect tokenize " \
	"pydoc unittest.mock email._header_value_parser subprocess"

static const struct source_dirs nowhere;

static void agrees_with_inspect(void **state)
{
	FILE *pipe = popen("/usr/bin/python3 tests/python/blocks.py " MODULES, "r");
	char path[PATH_MAX], open_path[PATH_MAX] = "";
	struct target_files *files = seen__by_us();
	struct source *source = NULL;
	unsigned first, last;
	size_t n = 0;

	(void)state;
	assert_non_null(pipe);
	while (fscanf(pipe, "%4095s %u %u", path, &first, &last) == 3) {
		if (strcmp(path, open_path) != 0) {
			source__close(source);
			assert_int_equal(source__open(&nowhere, files, path, &source), 0);
			strcpy(open_path, path);
		}
		if (python_block__last(source, first) != last)
			fail_msg("%s:%u ends on %u, not on %u", path, first, last, python_block__last(source, first));
		n++;
	}
	source__close(source);
	target_files__unref(files);
	assert_int_equal(pclose(pipe), 0);
	assert_true(n > 1500);
}

static void ends_anywhere(void **state)
{
	static const struct {
		const char *text;
		unsigned first, last;
	} cases[] = {
		{"def f():\n", 1, 1},
		{"def f(): return 1\nx = 2\n", 1, 1},
		{"@a\n@b(\n1\n)\ndef f():\n  pass\n\n# no\nx = 1\n", 1, 6},
		{"def f():\n  '''\ntext\n'''\n  return 1 \\\n+ 2\nx\n", 1, 6},
		{"def f():\n  x = (1,\n2)\n  # yes\n# no\ny\n", 1, 4},
		{"  f = lambda: [\n1]\n  g = 2\n", 1, 2},
		{"def f():\n\tif x:\n\n\t\ty = '#'\n\tz = \"it's\"\nq\n", 1, 5},
		{"def f():\n  x = 'never ends\n  y = 1\n", 1, 3},
		{"def f():\n  x = '''never ends\n", 1, 2},
		{"def f():\n  x = (never ends\n", 1, 2},
		{"", 1, 1},
		{"x\n", 5, 5},
	};

	struct target_files *files = seen__by_us();
	struct scratch *scratch = scratch__new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *path = scratch__write(scratch, "source.py", cases[i].text, 0644);
		struct source *source;

		assert_int_equal(source__open(&nowhere, files, path, &source), 0);
		assert_int_equal(python_block__last(source, cases[i].first), cases[i].last);
		source__close(source);
		free(path);
	}
	target_files__unref(files);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_inspect),
		cmocka_unit_test(ends_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
