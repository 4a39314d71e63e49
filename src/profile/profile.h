/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile: the result model. Front-ends fill it, reporters read it; neither knows the other. Pure.
 */
#ifndef LPROF_PROFILE_H
#define LPROF_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum profile_clock { PROFILE_CLOCK_WALL, PROFILE_CLOCK_CPU };

/* Of what the functions' figures are kept apart. */
enum profile_by { PROFILE_BY_NOTHING, PROFILE_BY_PROCESS, PROFILE_BY_THREAD };

/* Whose figures a function's are. */
struct profile_owner {
	int pid;       /* 0: of all processes together */
	int tid;       /* 0: of all its threads together */
	char comm[64]; /* the name that the kernel knows the thread by; room for 15 bytes, each shown as \xNN */
	bool has_rank; /* they are one rank's of an MPI job */
	int rank;
};

struct profile_line {
	uint32_t line;
	uint32_t text; /* private to profile_function__text() */
	uint64_t hits;
	uint64_t time_ns;
	uint64_t uncertainty_ns; /* time_ns may be wrong by as much, since probes cost time themselves */
	uint64_t blocked_ns;	 /* of time_ns: off the processor by the program's own doing */
	uint64_t waiting_ns;	 /* not in time_ns: waiting for a processor */
};

/* What a line without code says. */
struct profile_text {
	uint32_t line;
	uint32_t text; /* private */
};

struct target_files;

struct profile_function {
	char *name;
	char *linkage_name;		  /* "" when there is none */
	char *file;			  /* as debug information names it */
	const struct target_files *files; /* through which the target sees FILE; borrowed from whoever filled the
					     profile; NULL: of a saved profile */
	int source_error; /* -errno of looking for the source (source__open()); 0: found, or not looked for */
	uint32_t line;
	uint32_t last; /* line of its source; 0: that of the last line with code */
	struct profile_owner owner;
	char *object;	/* path of the ELF file */
	char *build_id; /* hex or "" */
	uint64_t calls;
	uint64_t time_ns;	    /* always the sum over lines, as are the next two */
	uint64_t blocked_ns;	    /* of time_ns: off the processor by the program's own doing */
	uint64_t waiting_ns;	    /* not in time_ns: waiting for a processor */
	struct profile_line *lines; /* by line number, each line once; a line with code and no hit has zeros */
	size_t n_lines;
	struct profile_text
		*between; /* by line number: known texts of other lines from the function's first to its last */
	size_t n_between;
	char *texts; /* private: of all of these lines, one behind the other */
	size_t n_texts;
	char **notes; /* sentences about what could not be measured exactly in this function */
	size_t n_notes;
};

struct profile {
	enum profile_clock clock;
	uint64_t began_ns; /* since 1970; 0: not known */
	uint64_t duration_ns;
	char **command; /* argv of COMMAND, or NULL */
	size_t n_command;
	int *pids;
	size_t n_pids;
	struct {
		uint64_t sites;
		uint64_t hits;
		uint64_t missed;
		uint64_t overhead_ns;
		uint64_t target_ns; /* what the profiled threads spent on a processor, overhead included */
	} probe;
	struct profile_function *functions;
	size_t n_functions;
	char **notes; /* sentences about the whole profile */
	size_t n_notes;
};

/* A new empty profile, owned by the caller, or NULL when out of memory. */
struct profile *profile__new(void);
void profile__free(struct profile *profile);

/*
 * Appends a function; all strings are copied. The pointer returned is valid until the next function is
 * added; NULL when out of memory.
 */
struct profile_function *profile__add_function(struct profile *profile, const char *name, const char *linkage_name,
					       const char *file, uint32_t line);
/* Replaces the function's object and build ID with copies, and its FILES, which are borrowed. 0 or -ENOMEM. */
int profile_function__set_place(struct profile_function *function, const char *object, const char *build_id,
				const struct target_files *files);

/*
 * Adds LINE to the function's line of that number, creating it in its place; the function's sums grow. Sums stop
 * at UINT64_MAX. 0 or -ENOMEM.
 */
int profile_function__add_line(struct profile_function *function, const struct profile_line *line);

/* Adds all of OTHER's lines, with their texts where there is none yet, its calls and its notes. 0 or -ENOMEM. */
int profile_function__add(struct profile_function *function, const struct profile_function *other);

/* What a line said when it was profiled (see profile_source.h), borrowed until more texts are set; NULL: unknown. */
const char *profile_function__text(const struct profile_function *function, const struct profile_line *line);

/* Sets the text of LINE, one of the function's, that has none yet to a copy of LEN bytes at TEXT. 0 or -ENOMEM. */
int profile_function__set_text(struct profile_function *function, struct profile_line *line, const char *text,
			       size_t len);

/* The same for lines without code, which are to be added in order: 0, -EINVAL when they are not, or -ENOMEM. */
const char *profile_function__text_between(const struct profile_function *function, const struct profile_text *between);
int profile_function__add_between(struct profile_function *function, uint32_t line, const char *text, size_t len);

/* Whether the text of any of its lines is known. */
bool profile_function__has_text(const struct profile_function *function);

/* Whether the line's time is not larger than its uncertainty. */
bool profile_line__below_resolution(const struct profile_line *line);

/* Whether a line that was hit, of the functions from index FIRST on, has a time not larger than its uncertainty. */
bool profile__is_uncertain(const struct profile *profile, size_t first);

/* printf-style sentences; a sentence already present is not added again. 0 or -ENOMEM. */
int profile_function__add_note(struct profile_function *function, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int profile__add_note(struct profile *profile, const char *format, ...) __attribute__((format(printf, 2, 3)));

int profile__set_command(struct profile *profile, char *const *argv); /* NULL-terminated; copied. 0 or -ENOMEM */
int profile__add_pid(struct profile *profile, int pid);		      /* 0 or -ENOMEM */

#endif
