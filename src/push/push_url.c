// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/push_url.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "push/curl_library.h"

#define PARCA_PREFIX "parca+"
#define CONNECT_MARK "profilestore"
#define SERVICE	     "service="

static const char *const path_ends[] = {
	[PUSH_PYROSCOPE] = "/ingest",
	[PUSH_PARCA] = "/api/profiles/writeraw",
	[PUSH_CONNECT] = "/WriteRaw",
};

/* A part of the URL as a string that the caller frees; NULL: there is none, or no memory. */
static char *part_of(const struct curl_library *curl, CURLU *handle, CURLUPart part, unsigned flags)
{
	char *value = NULL, *copy;

	if (curl->url_get(handle, part, &value, flags))
		return NULL;
	copy = strdup(value);
	curl->free(value);
	return copy;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), n = strlen(end);

	return length >= n && !strcmp(text + length - n, end);
}

static int complete_path(const struct push_url *url, CURLU *handle, const char *path)
{
	const char *end = path_ends[url->protocol];
	size_t length = strlen(path);
	char *whole = NULL;
	int failed;

	while (length && path[length - 1] == '/')
		length--;
	if (asprintf(&whole, "%.*s", (int)length, path) < 0)
		return -ENOMEM;
	if (!ends_in(whole, end)) {
		free(whole);
		if (asprintf(&whole, "%.*s%s", (int)length, path, end) < 0)
			return -ENOMEM;
	}
	failed = url->curl->url_set(handle, CURLUPART_PATH, whole, 0);
	free(whole);
	return failed ? -ENOMEM : 0;
}

/* Takes service=NAME out of QUERY, in place. The name, decoded, which the caller frees, or NULL. */
static char *take_service(const struct curl_library *curl, char *query)
{
	char *service = NULL, *to = query, *from = query;

	while (*from) {
		size_t length = strcspn(from, "&");
		bool last = !from[length];

		if (!strncmp(from, SERVICE, strlen(SERVICE))) {
			char *name = curl->easy_unescape(NULL, from + strlen(SERVICE), (int)(length - strlen(SERVICE)),
							 NULL);

			free(service);
			service = name && *name ? strdup(name) : NULL;
			curl->free(name);
		} else {
			if (to != query)
				*to++ = '&';
			memmove(to, from, length);
			to += length;
		}
		from += length + !last;
	}
	*to = '\0';
	return service;
}

/* FNV-1a. The hash tells destinations apart without revealing them. */
static uint64_t hash(uint64_t value, const char *text)
{
	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 0x100000001b3;
	return value;
}

static int fill_address(CURLU *handle, struct push_url *url)
{
	char *path = part_of(url->curl, handle, CURLUPART_PATH, 0);
	char *query = part_of(url->curl, handle, CURLUPART_QUERY, 0);
	int err = path ? 0 : -ENOMEM;

	if (path && strstr(path, CONNECT_MARK))
		url->protocol = PUSH_CONNECT;
	if (!err)
		err = complete_path(url, handle, path);
	if (!err && query) {
		url->service = take_service(url->curl, query);
		if (url->curl->url_set(handle, CURLUPART_QUERY, *query ? query : NULL, 0))
			err = -ENOMEM;
	}
	url->curl->url_set(handle, CURLUPART_FRAGMENT, NULL, 0);
	url->curl->url_set(handle, CURLUPART_USER, NULL, 0);
	url->curl->url_set(handle, CURLUPART_PASSWORD, NULL, 0);
	url->curl->url_set(handle, CURLUPART_OPTIONS, NULL, 0);
	if (!err) {
		url->address = part_of(url->curl, handle, CURLUPART_URL, 0);
		url->curl->url_set(handle, CURLUPART_QUERY, NULL, 0);
		url->shown = part_of(url->curl, handle, CURLUPART_URL, 0);
		err = url->address && url->shown ? 0 : -ENOMEM;
	}
	free(path);
	free(query);
	return err;
}

/* If there is no password, the user's name may itself be the secret, so it is not included in the hash. */
static void add_user_to_key(struct push_url *url)
{
	if (url->user && url->password)
		url->key = hash(hash(url->key, "\n"), url->user);
}

static int fill(CURLU *handle, struct push_url *url)
{
	int err;

	url->user = part_of(url->curl, handle, CURLUPART_USER, CURLU_URLDECODE);
	url->password = part_of(url->curl, handle, CURLUPART_PASSWORD, CURLU_URLDECODE);
	err = fill_address(handle, url);
	if (err)
		return err;
	url->key = hash(0xcbf29ce484222325, url->address);
	add_user_to_key(url);
	return 0;
}

static int parse(CURLU *handle, const char *text, struct push_url *url, const char **why)
{
	bool parca = !strncmp(text, PARCA_PREFIX, strlen(PARCA_PREFIX));
	CURLUcode failed = url->curl->url_set(handle, CURLUPART_URL, parca ? text + strlen(PARCA_PREFIX) : text,
					      CURLU_NON_SUPPORT_SCHEME);
	char *scheme = failed ? NULL : part_of(url->curl, handle, CURLUPART_SCHEME, 0);
	int err = 0;

	url->protocol = parca ? PUSH_PARCA : PUSH_PYROSCOPE;
	if (failed == CURLUE_OUT_OF_MEMORY || (!failed && !scheme)) {
		err = -ENOMEM;
	} else if (failed) {
		*why = url->curl->url_strerror(failed);
		err = -EINVAL;
	} else if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) {
		*why = "its scheme is none of those";
		err = -EINVAL;
	}
	free(scheme);
	return err ? err : fill(handle, url);
}

int push_url__parse(const char *text, struct push_url **out, const char **why)
{
	struct push_url *url = calloc(1, sizeof(*url));
	int err = url ? curl_library__load(&url->curl, why) : -ENOMEM;
	CURLU *handle = err ? NULL : url->curl->url();

	if (!err)
		err = handle ? parse(handle, text, url, why) : -ENOMEM;
	if (handle)
		url->curl->url_cleanup(handle);
	if (err)
		push_url__free(url);
	else
		*out = url;
	return err;
}

int push_url__set_password(struct push_url *url, const char *password)
{
	url->password = strdup(password);
	if (!url->password)
		return -ENOMEM;
	add_user_to_key(url);
	return 0;
}

void push_url__free(struct push_url *url)
{
	if (!url)
		return;
	/* This is only a best effort, because curl has copies. */
	if (url->password)
		explicit_bzero(url->password, strlen(url->password));
	free(url->address);
	free(url->shown);
	free(url->user);
	free(url->password);
	free(url->service);
	free(url->curl);
	free(url);
}
