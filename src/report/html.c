// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/html.h"

#include <inttypes.h>
#include <string.h>

#include "base/printable.h"

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* All characters that are escaped are ASCII, so none of these bytes can be inside a multi-byte UTF-8 sequence. */
void html__bytes(FILE *out, const char *text, size_t len)
{
	size_t start = 0;

	for (size_t i = 0; i < len; i++) {
		const char *name = entity(text[i]);

		if (!name)
			continue;
		printable__write(text + start, i - start, PRINTABLE_KEEP_TAB, out);
		fputs(name, out);
		start = i + 1;
	}
	printable__write(text + start, len - start, PRINTABLE_KEEP_TAB, out);
}

void html__text(FILE *out, const char *text)
{
	html__bytes(out, text, strlen(text));
}

/* Copies DIGITS to CELL with commas between the thousands of the first WHOLE digits. Returns the length. */
static int group(char *cell, size_t size, const char *digits, size_t whole)
{
	size_t n = 0;

	for (size_t i = 0; digits[i] && n + 2 < size; i++) {
		if (i && i < whole && (whole - i) % 3 == 0)
			cell[n++] = ',';
		cell[n++] = digits[i];
	}
	cell[n] = '\0';
	return (int)n;
}

int html__number(char *cell, size_t size, double value, int decimals)
{
	char digits[64];

	snprintf(digits, sizeof(digits), "%.*f", decimals, value);
	return group(cell, size, digits, strcspn(digits, "."));
}

int html__count(char *cell, size_t size, uint64_t value)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	return group(cell, size, digits, strlen(digits));
}

int html__duration(char *cell, size_t size, uint64_t ns)
{
	if (ns < 1000)
		return snprintf(cell, size, "%" PRIu64 " ns", ns);
	if (ns < 1000000)
		return snprintf(cell, size, "%.4g \xc2\xb5s", (double)ns * 1e-3);
	if (ns < 1000000000)
		return snprintf(cell, size, "%.4g ms", (double)ns * 1e-6);
	if (ns < 10000000000000)
		return snprintf(cell, size, "%.4g s", (double)ns * 1e-9);
	return snprintf(cell, size, "%.0f s", (double)ns * 1e-9);
}
