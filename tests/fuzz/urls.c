// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses of profile stores: the whole input is one. */
#include <errno.h>
#include <string.h>

#include "fuzz/common/fuzz.h"
#include "push/push_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};
	char *text = fuzz__string(&bytes);
	struct push_url *url = NULL;
	const char *why = NULL;
	int err = push_url__parse(text, &url, &why);

	if (err) {
		fuzz__assert(err == -EINVAL && why);
	} else {
		fuzz__assert(url->address && url->shown);
		/* What is shown has no secrets: neither credentials nor a query. */
		fuzz__assert(!strchr(url->shown, '?'));
		if (url->user && !url->password)
			fuzz__assert(!push_url__set_password(url, "secret"));
		push_url__free(url);
	}
	free(text);
	return 0;
}
