// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpython/python_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/process_memory.h"

/* The code point at INDEX of a text whose characters are one, two or four bytes wide. */
static uint32_t character(const struct lprof_python_text *text, size_t index)
{
	uint16_t two;
	uint32_t four;

	switch (text->width) {
	case 1:
		return text->bytes[index];
	case 2:
		memcpy(&two, text->bytes + 2 * index, sizeof(two));
		return two;
	default:
		memcpy(&four, text->bytes + 4 * index, sizeof(four));
		return four;
	}
}

static char *put_utf8(char *at, uint32_t c)
{
	if (c < 0x80) {
		*at++ = (char)c;
	} else if (c < 0x800) {
		*at++ = (char)(0xc0 | c >> 6);
		*at++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*at++ = (char)(0xe0 | c >> 12);
		*at++ = (char)(0x80 | (c >> 6 & 0x3f));
		*at++ = (char)(0x80 | (c & 0x3f));
	} else {
		*at++ = (char)(0xf0 | (c >> 18 & 7));
		*at++ = (char)(0x80 | (c >> 12 & 0x3f));
		*at++ = (char)(0x80 | (c >> 6 & 0x3f));
		*at++ = (char)(0x80 | (c & 0x3f));
	}
	return at;
}

char *python_text__string(const struct lprof_python_text *text)
{
	unsigned width = text->width == 2 || text->width == 4 ? text->width : 1;
	size_t room = sizeof(text->bytes) / width, n = text->length < room ? text->length : room;
	const char *end = text->length > room ? "..." : "";
	char *string = malloc(4 * n + sizeof("...")), *at = string;

	if (!string)
		return NULL;
	if (!text->width) {
		memcpy(at, text->bytes, n);
		at += n;
	}
	for (size_t i = 0; text->width && i < n; i++)
		at = put_utf8(at, character(text, i));
	memcpy(at, end, strlen(end) + 1);
	return string;
}

int python_text__read(pid_t pid, uint64_t object, const struct lprof_python_layout *layout,
		      struct lprof_python_text *text)
{
	uint64_t length, at;
	uint32_t state;
	size_t size;

	*text = (struct lprof_python_text){0};
	if (process_memory__read(pid, object + layout->text_length, &length, sizeof(length)) != sizeof(length) ||
	    process_memory__read(pid, object + layout->text_state, &state, sizeof(state)) != sizeof(state))
		return -EFAULT;
	text->width = LPROF_PYTHON_TEXT_WIDTH(state);
	if (!LPROF_PYTHON_TEXT_COMPACT(state) || (text->width != 1 && text->width != 2 && text->width != 4))
		return -EPROTO;
	text->length = length > UINT32_MAX ? UINT32_MAX : (uint32_t)length;
	size = (size_t)text->length * text->width;
	if (size > sizeof(text->bytes))
		size = sizeof(text->bytes);
	at = object + (LPROF_PYTHON_TEXT_ASCII(state) ? layout->text_ascii : layout->text_other);
	return process_memory__read(pid, at, text->bytes, size) == (ssize_t)size ? 0 : -EFAULT;
}
