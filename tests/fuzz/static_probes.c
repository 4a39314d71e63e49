// SPDX-License-Identifier: GPL-2.0-or-later
/* Arguments of static probes (USDT): a byte that tells which, then the text that describes all of them. */
#include <errno.h>

#include "elf/usdt.h"
#include "fuzz/common/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};
	unsigned index = fuzz__u8(&bytes) % 16;
	char *text = fuzz__string(&bytes);
	struct usdt_argument argument;
	int err = usdt__argument(text, index, &argument);

	fuzz__assert(!err || err == -ENOENT || err == -ENOTSUP || err == -EINVAL);
	if (!err)
		fuzz__assert(argument.size == 1 || argument.size == 2 || argument.size == 4 || argument.size == 8);
	if (!err && argument.place != USDT_CONSTANT)
		fuzz__assert(argument.reg <= 16);
	free(text);
	return 0;
}
