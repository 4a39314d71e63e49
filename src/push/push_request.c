// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/push_request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "push/curl_library.h"

#define METRIC "lprof_bpf" /* Parca's name of a kind of profiles */

char *push_request__base64(const void *data, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *in = data;
	char *text = malloc((size + 2) / 3 * 4 + 1), *out = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < size; i += 3) {
		size_t n = size - i < 3 ? size - i : 3;
		uint32_t bits = (uint32_t)in[i] << 16;

		if (n > 1)
			bits |= (uint32_t)in[i + 1] << 8;
		if (n > 2)
			bits |= in[i + 2];
		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		*out++ = (char)(n > 1 ? digits[bits >> 6 & 63] : '=');
		*out++ = (char)(n > 2 ? digits[bits & 63] : '=');
	}
	*out = '\0';
	return text;
}

/* Returns the name with labels in the form that Pyroscope parses: SERVICE{LABEL=VALUE,...}. The caller frees it. */
static char *pyroscope_name(const struct push_labels *labels)
{
	const char *separator = "{";
	char *name = NULL;
	size_t size;
	FILE *out = open_memstream(&name, &size);

	if (!out)
		return NULL;
	fputs(labels->values[PUSH_LABEL_SERVICE], out);
	for (int i = PUSH_LABEL_SERVICE + 1; i < PUSH_LABELS; i++) {
		if (!*labels->values[i])
			continue;
		fprintf(out, "%s%s=%s", separator, push_label__name((enum push_label)i), labels->values[i]);
		separator = ",";
	}
	if (*separator == ',')
		fputc('}', out);
	if (!fclose(out))
		return name;
	free(name);
	return NULL;
}

static int make_pyroscope(const struct push_url *url, const struct push_entry *entry, struct push_request *out)
{
	char *name = pyroscope_name(&entry->labels);
	char *escaped = name ? url->curl->easy_escape(NULL, name, 0) : NULL;
	int err = escaped ? 0 : -ENOMEM;

	if (!err && asprintf(&out->url, "%s%cname=%s&from=%" PRIu64 "&until=%" PRIu64 "&format=pprof&spyName=lprof-bpf",
			     url->address, strchr(url->address, '?') ? '&' : '?', escaped, entry->begin_ns,
			     entry->end_ns) < 0) {
		out->url = NULL;
		err = -ENOMEM;
	}
	out->body = entry->data;
	out->size = entry->size;
	url->curl->free(escaped);
	free(name);
	return err;
}

static int add_label(json_t *labels, const char *name, const char *value)
{
	return json_array_append_new(labels, json_pack("{s:s, s:s}", "name", name, "value", value));
}

static json_t *parca_labels(const struct push_labels *labels)
{
	json_t *array = json_array();
	int failed = add_label(array, "__name__", METRIC);

	for (int i = 0; i < PUSH_LABELS; i++)
		if (*labels->values[i])
			failed |= add_label(array, push_label__name((enum push_label)i), labels->values[i]);
	if (!failed)
		return array;
	json_decref(array);
	return NULL;
}

static int make_parca(const struct push_url *url, const struct push_entry *entry, struct push_request *out)
{
	json_t *labels = parca_labels(&entry->labels);
	char *profile = push_request__base64(entry->data, entry->size);
	json_t *root = NULL;

	if (labels && profile)
		root = json_pack("{s:[{s:{s:O}, s:[{s:s}]}], s:b}", "series", "labels", "labels", labels, "samples",
				 "rawProfile", profile, "normalized", 1);
	out->url = strdup(url->address);
	out->owned = root ? json_dumps(root, JSON_COMPACT) : NULL;
	out->body = out->owned;
	out->size = out->owned ? strlen(out->owned) : 0;
	json_decref(root);
	json_decref(labels);
	free(profile);
	return out->url && out->owned ? 0 : -ENOMEM;
}

static const char *const pyroscope_headers[] = {"Content-Type: binary/octet-stream", NULL};
static const char *const parca_headers[] = {"Content-Type: application/json", "Connect-Protocol-Version: 1", NULL};

static const struct {
	const char *const *headers;
	int (*make)(const struct push_url *url, const struct push_entry *entry, struct push_request *out);
} protocols[] = {
	[PUSH_PYROSCOPE] = {pyroscope_headers, make_pyroscope},
	[PUSH_PARCA] = {parca_headers, make_parca},
	[PUSH_CONNECT] = {parca_headers, make_parca},
};

int push_request__make(const struct push_url *url, const struct push_entry *entry, struct push_request *out)
{
	*out = (struct push_request){.headers = protocols[url->protocol].headers};
	return protocols[url->protocol].make(url, entry, out);
}

void push_request__clear(struct push_request *request)
{
	free(request->url);
	free(request->owned);
	*request = (struct push_request){0};
}
