/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options_table: the tables of all options and verbs, used by the parser, --help and --list-options. */
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

/* The state while a command line is parsed. */
struct parser {
	const struct diag *diag;
	struct options *options;
	const struct verb_spec *verb; /* NULL: no verb was given */
	/* for each verb, an option that was given but is not allowed with it; NULL: none */
	const char *refused[N_VERBS];
	bool done; /* --help, --version or --list-options was printed, and nothing else is to be done */
};

/* A row of the table of verbs. */
struct verb_spec {
	const char *name;
	enum options_verb verb;
	int (*take)(struct parser *parser, const char *word); /* takes a word that follows the verb */
	int (*check)(const struct options *options, const struct diag *diag);
	/*
	 * What to do instead of giving a COMMAND after "--", for a message. NULL: words after "--" are handled like
	 * others.
	 */
	const char *instead;
};

/* A row of the table of options. */
struct option_spec {
	const char *heading; /* set in a row that only begins a group of options in --help */
	const char *name;
	const char *value; /* name of its argument, or NULL when it takes none */
	const char *help;
	int (*apply)(struct parser *parser, const struct option_spec *spec, const char *value);
	size_t field;		    /* offset of a field in struct options, for functions that only set one */
	const char *const *choices; /* for apply_choice(): the values it accepts, NULL at the end */
	/*
	 * Returns the values it accepts, separated by ", ", if they are known elsewhere; of an option that also takes
	 * a number, its words.
	 */
	const char *(*words)(void);
	int verbs;   /* the verbs that it is for: FOR_... */
	char letter; /* 0: none */
};

#define OPTIONS_MOST 64 /* the most rows of the table, for arrays with an element for each */

extern const struct option_spec options_table[];
extern const size_t options_table_size;

extern const struct verb_spec options_verbs[];
extern const size_t options_n_verbs;
extern const struct verb_spec options_no_verb; /* profiling */

/* Adds a selector, from -f or the PATTERN of list, to the options. Returns 0 or -errno, reported. */
int options_table__add_selector(struct parser *parser, const char *text);

/*
 * The values that the option SPEC accepts, separated by ", "; "" if it accepts any text. ALL is memory for the result,
 * which is used if no other module holds that text.
 */
#define OPTIONS_WORDS_SIZE 128
const char *options_table__words(const struct option_spec *spec, char all[OPTIONS_WORDS_SIZE]);

/* Implement --help and the hidden --list-options, which is for shell completions. */
int options_help__print(struct parser *parser, const struct option_spec *spec, const char *value);
int options_help__list(struct parser *parser, const struct option_spec *spec, const char *value);

#endif
