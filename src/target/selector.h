/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selector: which functions an argument of -f selects. Pure.
 *
 *   name              a function's bare name, qualified name (ns::Class::method) or linkage name, in any of the
 *                     spellings that compilers, demanglers and sources have for it
 *   glob* /regex/     the same, by pattern (name_glob.h; POSIX extended expression, unanchored)
 *   file.c:func       func, but only if its source file is file.c (which may be a glob)
 *   file.c:LINE       the function that contains the line
 *   file.c:LINE-LINE  every function that has code on one of these lines
 */
#ifndef LPROF_SELECTOR_H
#define LPROF_SELECTOR_H

#include <stdbool.h>

#include "base/wire.h"
#include "target/name_style.h"

struct selector;

/* What a function is called, besides what a demangler makes of LINKAGE. All are borrowed, and may be NULL. */
struct function_names {
	const char *bare, *qualified;
	const char *linkage;	  /* what the linker knows it by */
	const char *body_linkage; /* the same for one of several bodies, as constructors have them */
	const char *demangled;	  /* the source's name, told from that */
	const char *respelled;	  /* the same, by the language's own rules */
	const struct name_style *style;
	const char *const *inlines;  /* paths of the inline namespaces around, up to a NULL */
	const char *const *generics; /* names of its template's or its classes' parameters, in order, up to a NULL */
};

/*
 * Parses TEXT into a new selector, owned by the caller. Returns 0, -EINVAL (the text is empty, the regular expression
 * is invalid, a line is 0, or a range is reversed) or -ENOMEM. A C++ name with "::" is taken for a name, not for
 * FILE:FUNC.
 */
int selector__parse(const char *text, struct selector **out);

/*
 * The length of the first of the selectors that TEXT lists: up to the first comma that is not part of a name, of its
 * parameters or of a regular expression, or to the end.
 */
size_t selector__first_of(const char *text);

/*
 * Makes a selector of the function of which debug information says that it has this NAME, linkage name ("" for none)
 * and FILE ("": not known). Returns 0, -EINVAL (no function has such a name) or -ENOMEM.
 */
int selector__of_function(const char *name, const char *linkage, const char *file, struct selector **out);
void selector__free(struct selector *selector);

/* Tells another process of this program of the selector, which has it made by selector__get(). */
void selector__put(struct wire *wire, const struct selector *selector);

/* Returns 0 and a selector owned by the caller, -EBADMSG or -ENOMEM. */
int selector__get(struct wire_reader *reader, struct selector **out);

/* The argument as the user wrote it. Valid as long as the selector. */
const char *selector__text(const struct selector *selector);

/*
 * A word that the name of every selected function has in it ("method" for "ns::Class<int>::method"), or NULL if none is
 * known, as for a pattern or lines. With it, a reader of debug information can skip units that cannot match. A linkage
 * name (_ZN...) is returned as it is. Valid as long as the selector.
 */
const char *selector__exact_name(const struct selector *selector);

/*
 * Whether a function with these names (each may be NULL) may be selected. This is cheap; it never says no wrongly, but
 * may say yes.
 */
bool selector__may_match(const struct selector *selector, const char *bare, const char *linkage);

/* Whether the selector's name has template arguments or parameters, so that names->generics can matter to it. */
bool selector__names_types(const struct selector *selector);

/*
 * The whole name that the selector requires, as it was written but without a file; NULL if it is a pattern or selects
 * by line.
 */
const char *selector__name(const struct selector *selector);

/* Whether the selector selects by line, as FILE:LINE or FILE:LINE-LINE. If so, sets *first and *last. */
bool selector__lines(const struct selector *selector, unsigned *first, unsigned *last);

/* The file that the selector requires ("file.c", "dir/file.c"), or NULL. Valid as long as the selector. */
const char *selector__file(const struct selector *selector);

/* Whether a function with these names is selected. Always false for a selector by lines. */
bool selector__matches_name(const struct selector *selector, const struct function_names *names);

/*
 * Whether PATH is the selector's file or ends in it after a '/', both without "." and "..". True if the selector names
 * no file.
 */
bool selector__matches_file(const struct selector *selector, const char *path);

#endif
