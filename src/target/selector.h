/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selector: which functions an argument of -f selects. Pure.
 *
 *   name              a function's bare name, qualified name (ns::Class::method) or linkage name
 *   glob* /regex/     the same, by pattern (fnmatch(3) without flags; POSIX extended expression, unanchored)
 *   file.c:func       func, but only if its source file is file.c (which may be a glob)
 *   file.c:LINE       the function that contains the line
 *   file.c:LINE-LINE  every function that has code on one of these lines
 */
#ifndef LPROF_SELECTOR_H
#define LPROF_SELECTOR_H

#include <stdbool.h>

struct selector;

/*
 * Parses TEXT into a new selector, owned by the caller. Returns 0, -EINVAL (the text is empty, the regular expression
 * is invalid, a line is 0, or a range is reversed) or -ENOMEM. A C++ name with "::" is taken for a name, not for
 * FILE:FUNC.
 */
int selector__parse(const char *text, struct selector **out);
void selector__free(struct selector *selector);

/* The argument as the user wrote it. Valid as long as the selector. */
const char *selector__text(const struct selector *selector);

/*
 * The exact bare name that this selector requires ("method" of "ns::Class::method"), or NULL if it is a pattern or
 * selects by line. With it, a reader of debug information can skip functions that cannot match. A linkage name
 * (_ZN...) is returned as it is. Valid as long as the selector.
 */
const char *selector__exact_name(const struct selector *selector);

/*
 * The whole name that the selector requires, as it was written but without a file; NULL if it is a pattern or selects
 * by line.
 */
const char *selector__name(const struct selector *selector);

/* Whether the selector selects by line, as FILE:LINE or FILE:LINE-LINE. If so, sets *first and *last. */
bool selector__lines(const struct selector *selector, unsigned *first, unsigned *last);

/* The file that the selector requires ("file.c", "dir/file.c"), or NULL. Valid as long as the selector. */
const char *selector__file(const struct selector *selector);

/*
 * Whether a function with these names is selected. Any of the names may be NULL. QUALIFIED is compared as written, and
 * also without its template arguments and parameter list ("max" selects "max<int>"). Always false for a selector by
 * line.
 */
bool selector__matches_name(const struct selector *selector, const char *bare, const char *qualified,
			    const char *linkage);

/* Whether PATH is the selector's file or ends in it after a '/'. True if the selector names no file. */
bool selector__matches_file(const struct selector *selector, const char *path);

#endif
