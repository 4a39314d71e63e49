/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selector: what one -f argument selects. Pure.
 *
 *   name            a function's bare, qualified (ns::Class::method) or linkage name
 *   glob* /regex/   the same, by pattern (fnmatch(3) without flags; POSIX extended expression, unanchored)
 *   file.c:func     func, only where its source file is file.c (also by glob)
 *   file.c:LINE     the function around that line
 *   file.c:LINE-LINE  every function that has code in those lines
 */
#ifndef LPROF_SELECTOR_H
#define LPROF_SELECTOR_H

#include <stdbool.h>

struct selector;

/*
 * Parses TEXT into a new selector, owned by the caller. Returns 0, -EINVAL (empty text, an invalid
 * regular expression, LINE of zero or a reversed range) or -ENOMEM. A C++ name with "::" is a name,
 * not file:func.
 */
int selector__parse(const char *text, struct selector **out);
void selector__free(struct selector *selector);

/* The argument as the user wrote it; lives as long as the selector. */
const char *selector__text(const struct selector *selector);

/*
 * The exact bare name this selector requires ("method" of "ns::Class::method"), or NULL when it is a
 * pattern or selects by line. Lets a reader of debug information skip what cannot match. A linkage
 * name (_ZN...) is returned as it is. Lives as long as the selector.
 */
const char *selector__exact_name(const struct selector *selector);

/* The whole name it requires, as it was written, without a file; NULL when it is a pattern or selects by line. */
const char *selector__name(const struct selector *selector);

/* True when the selector is of the file:LINE or file:LINE-LINE kind; *first and *last are then set. */
bool selector__lines(const struct selector *selector, unsigned *first, unsigned *last);

/* The file that the selector requires ("file.c", "dir/file.c"), or NULL. Lives as long as the selector. */
const char *selector__file(const struct selector *selector);

/*
 * Whether a function with these names is selected. Any of the names may be NULL. Template arguments
 * and parameter lists in QUALIFIED are compared as written and also ignored ("max" selects "max<int>").
 * Always false for selectors by line.
 */
bool selector__matches_name(const struct selector *selector, const char *bare, const char *qualified,
			    const char *linkage);

/* Whether PATH ends in the selector's file at a '/' boundary; true when the selector names no file. */
bool selector__matches_file(const struct selector *selector, const char *path);

#endif
