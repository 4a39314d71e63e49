// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/html.h"

#include <inttypes.h>
#include <string.h>

#include "base/printable.h"
#include "profile/rough_count.h"

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

void html__put_count(FILE *out, uint64_t value)
{
	char cell[48];

	html__count(cell, sizeof(cell), value);
	fputs(cell, out);
}

void html__put_interval(FILE *out, const char *why, uint64_t uncertainty)
{
	char number[48];

	html__count(number, sizeof(number), uncertainty);
	fprintf(out, " title=\"%s&plusmn; %s (19 times of 20)\"", why, number);
}

void html__put_estimate(FILE *out, uint64_t value, uint64_t uncertainty)
{
	if (uncertainty) {
		fputs("<span", out);
		html__put_interval(out, "", uncertainty);
		fputc('>', out);
	}
	html__put_count(out, rough_count__rounded(value, uncertainty));
	if (uncertainty)
		fputs(HTML_ESTIMATE_MARK "</span>", out);
}

void html__put_duration(FILE *out, uint64_t ns)
{
	char cell[48];

	html__duration(cell, sizeof(cell), ns);
	fputs(cell, out);
}

void html__put_owner(FILE *out, const struct profile_owner *owner)
{
	if (owner->has_rank)
		fprintf(out, "rank %d, ", owner->rank);
	if (owner->tid)
		fprintf(out, "thread %d of process %d (", owner->tid, owner->pid);
	else
		fprintf(out, "process %d (", owner->pid);
	html__text(out, owner->comm);
	fputc(')', out);
}

void html__put_switch(FILE *out, const char *legend, const char *name, const struct html_choice *choices)
{
	fprintf(out, "<fieldset id=\"choose-%s\"><legend>%s</legend>", name, legend);
	for (const struct html_choice *choice = choices; choice->id; choice++)
		fprintf(out,
			"<label><input type=\"radio\" name=\"%s\" id=\"%s\" value=\"%s\"%s><span>%s</span></label>",
			name, choice->id, choice->value, choice == choices ? " checked" : "", choice->text);
	fputs("</fieldset>\n", out);
}

const char *html__base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}
