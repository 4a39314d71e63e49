// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/printable.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/*
 * Whether the character at SEQUENCE changes how the text around it is displayed instead of being displayed itself.
 * Such characters are the C1 controls (U+0080 to U+009F), the line and paragraph separators and the embeddings and
 * overrides of writing direction (U+2028 to U+202E), and the directional isolates (U+2066 to U+2069).
 */
static bool is_obeyed(const unsigned char *sequence)
{
	if (sequence[0] == 0xc2)
		return sequence[1] < 0xa0;
	if (sequence[0] != 0xe2)
		return false;
	return (sequence[1] == 0x80 && sequence[2] >= 0xa8 && sequence[2] <= 0xae) ||
	       (sequence[1] == 0x81 && sequence[2] >= 0xa6 && sequence[2] <= 0xa9);
}

/*
 * The number of bytes at S that are written unchanged: the length of the next character, or 0 if it must be escaped.
 */
static size_t passing(const unsigned char *s, size_t len, enum printable_keep keep)
{
	size_t n;

	if (s[0] < 0x20)
		return s[0] == '\t' || keep == PRINTABLE_KEEP_C0;
	if (s[0] < 0x80)
		return s[0] != 0x7f;
	n = utf8__sequence((const char *)s, len);
	return n && is_obeyed(s) ? 0 : n;
}

void printable__write(const char *text, size_t len, enum printable_keep keep, FILE *out)
{
	const unsigned char *s = (const unsigned char *)text;

	for (size_t i = 0; i < len;) {
		size_t run = 0, n;

		while (i + run < len && (n = passing(s + i + run, len - i - run, keep)))
			run += n;
		fwrite(s + i, 1, run, out);
		i += run;
		if (i < len)
			fprintf(out, "\\x%02x", s[i++]);
	}
}

void printable__write_except(const char *text, const char *refused, FILE *out)
{
	for (;;) {
		size_t run = strcspn(text, refused);

		printable__write(text, run, PRINTABLE_KEEP_TAB, out);
		text += run;
		if (!*text)
			return;
		fprintf(out, "\\x%02x", *text++);
	}
}

void printable__vprint(FILE *out, const char *format, va_list args)
{
	char shortened[1024], *text;
	va_list again;

	va_copy(again, args);
	if (vasprintf(&text, format, args) < 0) {
		text = shortened;
		*text = '\0';
		vsnprintf(text, sizeof(shortened), format, again);
	}
	va_end(again);
	printable__write(text, strlen(text), PRINTABLE_KEEP_TAB, out);
	if (text != shortened)
		free(text);
}

void printable__print(FILE *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printable__vprint(out, format, args);
	va_end(args);
}

char *printable__string(const char *text, enum printable_keep keep)
{
	char *result = NULL;
	size_t size;
	FILE *out = open_memstream(&result, &size);
	bool failed;

	if (!out)
		return NULL;
	printable__write(text, strlen(text), keep, out);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(result);
		return NULL;
	}
	return result;
}
