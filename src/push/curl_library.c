// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/curl_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "libcurl.so.4" /* the only binary interface that libcurl has had since 2006 */

static const struct {
	const char *name;
	size_t offset; /* of its pointer in struct curl_library */
} functions[] = {
#define FUNCTION(name) {"curl_" #name, offsetof(struct curl_library, name)},
	CURL_LIBRARY_FUNCTIONS(FUNCTION)
#undef FUNCTION
};

static int find_functions(void *library, struct curl_library *curl)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		void *function = dlsym(library, functions[i].name);

		if (!function)
			return -ELIBACC;
		memcpy((char *)curl + functions[i].offset, &function, sizeof(function));
	}
	return 0;
}

int curl_library__load(struct curl_library **out, const char **why)
{
	struct curl_library *curl = calloc(1, sizeof(*curl));
	void *library;
	int err;

	if (!curl)
		return -ENOMEM;
	/* Never closed: its TLS library leaves functions to be called when threads and the process end. */
	library = dlopen(FILE_NAME, RTLD_NOW);
	err = library ? find_functions(library, curl) : -ELIBACC;
	if (!err) {
		*out = curl;
		return 0;
	}
	*why = dlerror();
	free(curl);
	return err;
}
