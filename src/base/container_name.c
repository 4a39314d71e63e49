// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/container_name.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ID_LEN	 64 /* hexadecimal digits, of which an ID consists that a runtime has made itself */
#define UUID_LEN 36

/* A part of the path. */
struct part {
	const char *text;
	size_t len;
};

/* How the parts begin that are containers by name, and whose they are. */
static const struct {
	const char *prefix, *runtime;
} named[] = {
	{"lxc.payload.", "lxc"}, {"machine-", "machine"}, /* systemd's machined, of systemd-nspawn for example */
};

/* The words before "-ID.scope" that differ from the name of the runtime. */
static const struct {
	const char *word, *runtime;
} words[] = {
	{"cri-containerd", "containerd"},
	{"nerdctl", "containerd"},
	{"crio", "cri-o"},
	{"libpod", "podman"},
};

/* Parts below which each part is a container, whatever its name is. */
static const struct {
	const char *part, *runtime;
} parents[] = {
	{"lxc", "lxc"},
	{"lxc.payload", "lxc"},
};

static bool is(struct part part, const char *text)
{
	return part.len == strlen(text) && !memcmp(part.text, text, part.len);
}

static bool begins(struct part part, const char *prefix)
{
	size_t len = strlen(prefix);

	return part.len > len && !memcmp(part.text, prefix, len);
}

static bool ends(struct part part, const char *suffix)
{
	size_t len = strlen(suffix);

	return part.len > len && !memcmp(part.text + part.len - len, suffix, len);
}

static struct part cut(struct part part, size_t front, size_t back)
{
	return (struct part){part.text + front, part.len - front - back};
}

static bool is_id(struct part part)
{
	for (size_t i = 0; i < part.len; i++)
		if (!isxdigit((unsigned char)part.text[i]))
			return false;
	return part.len == ID_LEN;
}

/* The value of two hexadecimal digits; -1: they are not. */
static int byte_of(const char *digits)
{
	unsigned value;

	return isxdigit((unsigned char)digits[0]) && isxdigit((unsigned char)digits[1]) &&
			       sscanf(digits, "%2x", &value) == 1
		       ? (int)value
		       : -1;
}

/* Copies PART to TO, which has ROOM. In names of units, systemd writes some characters as \xNN. */
static void copy(char *to, size_t room, struct part part, bool escaped)
{
	size_t n = 0;

	for (size_t i = 0; i < part.len && n + 1 < room; i++) {
		int byte = escaped && part.len - i >= 4 && !strncmp(part.text + i, "\\x", 2)
				   ? byte_of(part.text + i + 2)
				   : -1;

		to[n++] = byte > 0 ? (char)byte : part.text[i];
		i += byte > 0 ? 3 : 0;
	}
	to[n] = '\0';
}

static void set(struct container_name *name, const char *runtime, struct part container, bool escaped)
{
	snprintf(name->runtime, sizeof(name->runtime), "%s", runtime);
	copy(name->container, sizeof(name->container), container, escaped);
	name->unit[0] = '\0';
}

/* "RUNTIME-ID.scope", or without ".scope" where systemd does not manage cgroups. Whether PART is such a one. */
static bool parse_scope(struct part part, struct container_name *name)
{
	struct part body = ends(part, ".scope") ? cut(part, 0, strlen(".scope")) : part, word, id;
	char runtime[sizeof(name->runtime)];

	if (body.len < ID_LEN + 2 || body.text[body.len - ID_LEN - 1] != '-')
		return false;
	id = cut(body, body.len - ID_LEN, 0);
	word = cut(body, 0, ID_LEN + 1);
	/* Podman's and CRI-O's conmon watches over a container, and is not in it. */
	if (!is_id(id) || ends(word, "-conmon"))
		return false;
	copy(runtime, sizeof(runtime), word, false);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (is(word, words[i].word))
			snprintf(runtime, sizeof(runtime), "%s", words[i].runtime);
	set(name, runtime, id, false);
	return true;
}

/* Part "podUID" or "kubepods-...-podUID.slice", where the UID has "_" instead of "-". */
static void parse_pod(struct part part, struct container_name *name)
{
	struct part uid = ends(part, ".slice") ? cut(part, 0, strlen(".slice")) : part;

	if (uid.len > UUID_LEN + 4 && begins(uid, "kubepods-"))
		uid = cut(uid, uid.len - UUID_LEN - 3, 0);
	if (!begins(uid, "pod"))
		return;
	copy(name->pod, sizeof(name->pod), cut(uid, 3, 0), false);
	for (char *c = name->pod; *c; c++)
		if (*c == '_')
			*c = '-';
}

/* Whether PART, which comes after BEFORE, is a container by its name. */
static bool parse_named(struct part before, struct part part, struct container_name *name)
{
	for (size_t i = 0; i < sizeof(parents) / sizeof(*parents); i++)
		if (is(before, parents[i].part)) {
			set(name, parents[i].runtime, part, false);
			return true;
		}
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (begins(part, named[i].prefix) && !ends(part, ".slice")) {
			bool scope = ends(part, ".scope");

			set(name, named[i].runtime, cut(part, strlen(named[i].prefix), scope ? strlen(".scope") : 0),
			    scope);
			return true;
		}
	return false;
}

static void parse_part(struct part before, struct part part, bool pods, struct container_name *name)
{
	if (parse_scope(part, name) || parse_named(before, part, name))
		return;
	if (is_id(part))
		set(name, is(before, "docker") ? "docker" : pods ? "kubernetes" : "oci", part, false);
	else if (ends(part, ".service") || ends(part, ".scope"))
		copy(name->unit, sizeof(name->unit), part, true);
	else if (pods)
		parse_pod(part, name);
}

void container_name__parse(const char *path, struct container_name *name)
{
	struct part before = {path, 0};
	bool pods = false;

	*name = (struct container_name){0};
	while (*(path += strspn(path, "/"))) {
		struct part part = {path, strcspn(path, "/")};

		pods |= is(part, "kubepods") || is(part, "kubepods.slice");
		parse_part(before, part, pods, name);
		before = part;
		path += part.len;
	}
}

/* Which line's path is to be preferred; 0: none. */
static int rank(const char *line, const char *path, int len)
{
	if (!len || (len == 1 && *path == '/'))
		return 0;
	return !strncmp(line, "0::", 3) ? 3 : strstr(line, ":name=systemd:") == strchr(line, ':') ? 2 : 1;
}

const char *container_name__path(const char *text, int *len)
{
	const char *found = "/";
	int best = 0;

	*len = 1;
	while (*text) {
		const char *colon = strchr(text, ':'), *end = strchrnul(text, '\n');
		const char *path = colon && colon < end ? memchr(colon + 1, ':', (size_t)(end - colon - 1)) : NULL;
		int path_len = path ? (int)(end - path - 1) : 0, ranked = path ? rank(text, path + 1, path_len) : 0;

		if (ranked > best) {
			best = ranked;
			found = path + 1;
			*len = path_len;
		}
		text = end + (*end == '\n');
	}
	return found;
}
