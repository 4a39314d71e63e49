// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: words, each of them ended by a byte that is 0. */
#include <errno.h>

#include "fuzz/common/fuzz.h"
#include "options/options_parse.h"

#define MOST_WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};
	char *words[MOST_WORDS + 2] = {"lprof-bpf"};
	struct fuzz_output output;
	struct options options;
	struct diag diag;
	int n = 1, got;

	while (bytes.left && n <= MOST_WORDS)
		words[n++] = fuzz__string(&bytes);
	fuzz__open_output(&output);
	diag = fuzz__diag(&output);
	got = options__parse(n, words, &diag, &options);
	fuzz__assert(got == 0 || got == 1 || got == -EINVAL || got == -ENOMEM);
	/* What is wrong is said in one sentence. */
	fflush(output.stream);
	fuzz__assert((got == -EINVAL) == (output.size > 0));
	options__free(&options);
	fuzz__close_output(&output);
	while (n > 1)
		free(words[--n]);
	return 0;
}
