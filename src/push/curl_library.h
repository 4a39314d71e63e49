/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * curl_library: libcurl, loaded when somebody needs it. It brings some 30 other libraries along: if the program were
 * linked with it, each start, also one without --push, would take four times the processor time.
 */
#ifndef LPROF_CURL_LIBRARY_H
#define LPROF_CURL_LIBRARY_H

#include <curl/curl.h>

/* The functions that are used, as F(NAME) for curl_NAME(). */
#define CURL_LIBRARY_FUNCTIONS(F)                                                                                      \
	F(easy_cleanup)                                                                                                \
	F(easy_escape)                                                                                                 \
	F(easy_getinfo)                                                                                                \
	F(easy_init)                                                                                                   \
	F(easy_perform)                                                                                                \
	F(easy_setopt)                                                                                                 \
	F(easy_strerror)                                                                                               \
	F(easy_unescape)                                                                                               \
	F(free)                                                                                                        \
	F(global_cleanup)                                                                                              \
	F(global_init)                                                                                                 \
	F(slist_append)                                                                                                \
	F(slist_free_all)                                                                                              \
	F(url)                                                                                                         \
	F(url_cleanup)                                                                                                 \
	F(url_get)                                                                                                     \
	F(url_set)                                                                                                     \
	F(url_strerror)

/* Of a struct curl_library *curl, curl->NAME is curl_NAME() with the type that curl.h gives it. */
struct curl_library {
#define CURL_LIBRARY_FUNCTION(name) typeof(curl_##name) *(name);
	CURL_LIBRARY_FUNCTIONS(CURL_LIBRARY_FUNCTION)
#undef CURL_LIBRARY_FUNCTION
};

/*
 * Loads libcurl, which then remains until the process ends, as do its static texts. Returns 0 and *out, which the
 * caller releases with free(); -ENOMEM; or -ELIBACC when the library cannot be loaded or lacks one of the functions.
 * Then *why says so in the words of the dynamic loader, valid until this thread calls the loader again.
 */
int curl_library__load(struct curl_library **out, const char **why);

#endif
