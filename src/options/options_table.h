/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options_table: the options and verbs that there are, for what parses and what explains them.
 */
#ifndef LPROF_OPTIONS_TABLE_H
#define LPROF_OPTIONS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "options/options.h"

enum { N_VERBS = OPTIONS_DOCTOR + 1 };
enum {
	FOR_PROFILE = 1 << OPTIONS_PROFILE,
	FOR_LIST = 1 << OPTIONS_LIST,
	FOR_REPORT = 1 << OPTIONS_REPORT,
	FOR_DIFF = 1 << OPTIONS_DIFF,
	FOR_WRITING = FOR_PROFILE | FOR_REPORT | FOR_DIFF,
	FOR_ALL = ~0
};

struct verb_spec;

/* While a command line is being parsed. */
struct parser {
	const struct diag *diag;
	struct options *options;
	const struct verb_spec *verb; /* NULL: none was given */
	const char *refused[N_VERBS]; /* by verb: an option given that is not for it, or NULL */
	bool done;		      /* --help or --version did all there is to do */
};

/* A row of the table of verbs. */
struct verb_spec {
	const char *name;
	enum options_verb verb;
	int (*take)(struct parser *parser, const char *word); /* what follows it */
	int (*check)(const struct options *options, const struct diag *diag);
	const char *instead; /* of a COMMAND; NULL: what comes after "--" are words like the others */
};

/* A row of the table of options. */
struct option_spec {
	const char *heading; /* a row that begins a group of --help, and nothing else */
	const char *name;
	const char *value; /* what its argument is called, or NULL when it takes none */
	const char *help;
	int (*apply)(struct parser *parser, const struct option_spec *spec, const char *value);
	size_t field;		    /* in struct options, for the functions that only set one */
	const char *const *choices; /* for apply_choice(): the words it may be, NULL at their end */
	const char *(*words)(void); /* where others know what it may be: their words, separated by ", " */
	int verbs;		    /* FOR_... */
	char letter;		    /* 0: none */
};

#define OPTIONS_MOST 64 /* rows, for arrays with something for each */

extern const struct option_spec options_table[];
extern const size_t options_table_size;

extern const struct verb_spec options_verbs[];
extern const size_t options_n_verbs;
extern const struct verb_spec options_no_verb; /* profiling */

/* Adds a selector, of -f or of list's PATTERN, to the options. 0 or -errno that was said. */
int options_table__add_selector(struct parser *parser, const char *text);

/* The words that an option may be, separated by ", ": written to ALL or known elsewhere; "" when any text will do. */
#define OPTIONS_WORDS_SIZE 128
const char *options_table__words(const struct option_spec *spec, char all[OPTIONS_WORDS_SIZE]);

/* What --help and the hidden --list-options do; the latter is for the completions of shells. */
int options_help__print(struct parser *parser, const struct option_spec *spec, const char *value);
int options_help__list(struct parser *parser, const struct option_spec *spec, const char *value);

#endif
