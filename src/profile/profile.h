/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile: the result of profiling. Front-ends fill it and reporters read it; neither knows the other. Pure. */
#ifndef LPROF_PROFILE_H
#define LPROF_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile_owner.h"
#include "profile/profile_processes.h"

enum profile_clock { PROFILE_CLOCK_WALL, PROFILE_CLOCK_CPU };

/* Whether the figures of a function are kept separately for each process or each thread. */
enum profile_by { PROFILE_BY_NOTHING, PROFILE_BY_PROCESS, PROFILE_BY_THREAD };

struct profile_line {
	uint32_t line;
	uint32_t file; /* 0: the function's own; otherwise an index in its `others`, plus one */
	uint32_t text; /* private; see profile_function__text() */
	uint64_t hits;
	/*
	 * The compiled code does not tell how often the line was executed, so HITS is the best estimate. With HITS 0,
	 * the line may have been executed.
	 */
	bool hits_inexact;
	/*
	 * HITS was estimated from windows of counting. The truth is within HITS +/- this, in 95 of 100 cases. 0: it was
	 * counted all the time.
	 */
	uint64_t hits_uncertainty;
	uint64_t time_ns;
	uint64_t uncertainty_ns; /* time_ns may be off by this much, because the probes themselves take time */
	uint64_t blocked_ns;	 /* part of time_ns: off the processor because the program waited or slept */
	uint64_t waiting_ns;	 /* not part of time_ns: ready to run but waiting for a processor */
};

/* The source text of a line without code. */
struct profile_text {
	uint32_t line;
	uint32_t file; /* as in struct profile_line */
	uint32_t text; /* private */
};

/* Another source file with code of a function: #include or #line put it there. */
struct profile_other {
	char *name;	  /* as debug information names it */
	int source_error; /* as in struct profile_function */
};

struct stacks;
struct target_files;

struct profile_function {
	char *name;
	char *linkage_name; /* "" when it has none */
	char *file;	    /* as debug information names it */
	/* Opens FILE as the target sees it; borrowed from whoever filled the profile. NULL in a saved profile. */
	const struct target_files *files;
	int source_error; /* -errno of source__open() for FILE; 0: opened, or not tried */
	int64_t made_ns;  /* when its code was built or loaded, since 1970; 0: not known, or a saved profile */
	uint32_t line;
	uint32_t last; /* last line of its source; 0: the last line with code */
	struct profile_owner owner;
	char *object;	/* path of the ELF file that contains it */
	char *build_id; /* in hexadecimal, or "" */
	/* It carried no probe: calls and hits are not known, and its times are those of samples. */
	bool uncounted;
	/* It was counted, but samples that found no probe tell how its time is shared among its lines. */
	bool sampled_times;
	/* The program itself has timed it, and not the clocks of its threads by which other functions are timed. */
	bool timed_inside;
	/* It was counted in windows, so its hits and calls are estimates, and its times are those of samples. */
	bool estimated;
	uint64_t calls;
	uint64_t calls_uncertainty;   /* as hits_uncertainty of a line */
	uint64_t time_ns;	      /* the sum over all lines, as are the next two */
	uint64_t blocked_ns;	      /* part of time_ns, see struct profile_line */
	uint64_t waiting_ns;	      /* not part of time_ns, see struct profile_line */
	struct profile_other *others; /* sorted by name; each has lines */
	size_t n_others;
	/*
	 * Sorted by file and line number, each line once. A line that has code but was never hit is included, with
	 * zeros.
	 */
	struct profile_line *lines;
	size_t n_lines;
	/*
	 * The known texts of lines without code, in each file from the function's first line to its last; sorted by
	 * file and line number.
	 */
	struct profile_text *between;
	size_t n_between;
	char *texts; /* private: the texts of all its lines, one after the other */
	size_t n_texts;
	char **notes; /* sentences about what could not be measured exactly in this function, and why */
	size_t n_notes;
};

/* What profiling was allowed to take of the targets' processor time, and what it took. Zeros: there was no limit. */
struct profile_budget {
	double percent;	    /* of the targets' processor time that it might take */
	uint64_t pause_ns;  /* what it might take of a thread's time in one piece */
	uint64_t spent_ns;  /* what it took: probes, samples, context switches */
	uint64_t target_ns; /* the targets' processor time, what profiling took included */
	uint64_t windows;   /* how often probes were put in for a short time */
};

struct profile {
	enum profile_clock clock;
	uint64_t began_ns; /* start of profiling, in nanoseconds since 1970; 0: not known */
	uint64_t duration_ns;
	char **command; /* argv of the profiled COMMAND; NULL: none was started */
	size_t n_command;
	int *pids;
	size_t n_pids;
	struct profile_processes processes; /* these, and others that figures belong to, as far as something is known */
	struct {
		uint64_t sites;
		uint64_t hits;
		uint64_t missed;
		uint64_t overhead_ns;
		uint64_t target_ns; /* time that the profiled threads spent on a processor, overhead included */
	} probe;
	struct profile_budget budget;
	struct profile_function *functions;
	size_t n_functions;
	struct stacks *stacks; /* what was sampled, see stacks.h; owned; NULL: nothing was */
	char **notes;	       /* sentences about the whole profile */
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
/* Sets OBJECT and BUILD_ID, which are copied, and FILES, which is borrowed. Returns 0 or -ENOMEM. */
int profile_function__set_place(struct profile_function *function, const char *object, const char *build_id,
				const struct target_files *files);

/*
 * Sets *file to what `file` must be in lines of the file NAME. A file that is new gets its place among the others by
 * name, so those of later names change their numbers: in the function's lines, but not in *file of earlier calls.
 * Returns 0 or -ENOMEM.
 */
int profile_function__add_file(struct profile_function *function, const char *name, uint32_t *file);

/* The name of the file with number FILE. Borrowed from FUNCTION. */
const char *profile_function__file(const struct profile_function *function, uint32_t file);

/* How many of the function's lines are in its own file. They are the first ones. */
size_t profile_function__n_own(const struct profile_function *function);

/* By this, lines of a function are sorted. */
static inline uint64_t profile_place(uint32_t file, uint32_t line)
{
	return (uint64_t)file << 32 | line;
}

static inline uint64_t profile_line__place(const struct profile_line *line)
{
	return profile_place(line->file, line->line);
}

static inline uint64_t profile_text__place(const struct profile_text *text)
{
	return profile_place(text->file, text->line);
}

/*
 * Adds the figures of LINE to the function's line with the same place, which is created if it is missing, and to the
 * sums of the function. Sums stop at UINT64_MAX; a sum of hits is inexact if one of the hits is, and uncertain as a sum
 * of independent estimates. Returns 0 or -ENOMEM.
 */
int profile_function__add_line(struct profile_function *function, const struct profile_line *line);

/* The same for LINE of the function OTHER, which may have other numbers for the files. */
int profile_function__add_line_of(struct profile_function *function, const struct profile_function *other,
				  const struct profile_line *line);

/* The line of FUNCTION with the file and number of LINE of the function OTHER, or NULL. */
const struct profile_line *profile_function__find(const struct profile_function *function,
						  const struct profile_function *other,
						  const struct profile_line *line);

/*
 * Adds the lines, calls and notes of OTHER to FUNCTION. The texts of OTHER are taken for lines that have none yet.
 * Returns 0 or -ENOMEM.
 */
int profile_function__add(struct profile_function *function, const struct profile_function *other);

/*
 * The source text of LINE when it was profiled (see profile_source.h), or NULL if it is not known. Borrowed until
 * another text is set in FUNCTION.
 */
const char *profile_function__text(const struct profile_function *function, const struct profile_line *line);

/* Whether the profile holds any text of FUNCTION's file number FILE (see struct profile_line). */
bool profile_function__has_text_of(const struct profile_function *function, uint32_t file);

/*
 * Sets the text of LINE, which is one of the function's lines and has no text yet, to a copy of the LEN bytes at TEXT.
 * Returns 0 or -ENOMEM.
 */
int profile_function__set_text(struct profile_function *function, struct profile_line *line, const char *text,
			       size_t len);

/*
 * Get and add the text of a line without code. Lines must be added in ascending order of file and line: adding returns
 * -EINVAL if they are not, 0, or -ENOMEM.
 */
const char *profile_function__text_between(const struct profile_function *function, const struct profile_text *between);
int profile_function__add_between(struct profile_function *function, uint32_t file, uint32_t line, const char *text,
				  size_t len);

/* Whether the text of any line of the function is known, with code or without. */
bool profile_function__has_text(const struct profile_function *function);

/* Whether LINE was executed or, where its hits are inexact or estimated, may have been. */
bool profile_line__may_be_hit(const struct profile_line *line);

/*
 * Whether LINE of FUNCTION was or may have been executed, by what was counted or, if FUNCTION is uncounted or
 * estimated, sampled. Only the figures of such lines are shown.
 */
bool profile_function__shows(const struct profile_function *function, const struct profile_line *line);

/*
 * Whether the hits of LINE of FUNCTION are known. They are not if FUNCTION is uncounted, or if it is estimated and LINE
 * was sampled but none of its hits was counted.
 */
bool profile_function__knows_hits(const struct profile_function *function, const struct profile_line *line);

/* Whether the time of LINE of FUNCTION is known. It is not if it comes from samples and none fell on the line. */
bool profile_function__knows_time(const struct profile_function *function, const struct profile_line *line);

/* Whether any line of the function was or may have been executed. */
bool profile_function__may_be_hit(const struct profile_function *function);

/* Whether the time of LINE is too small to be told from the uncertainty of the measurement. */
bool profile_line__below_resolution(const struct profile_line *line);

/*
 * Whether any line that was or may have been hit, in the functions from index FIRST on, is below the resolution. Those
 * whose time samples tell do not count.
 */
bool profile__is_uncertain(const struct profile *profile, size_t first);

/* Add a sentence, formatted like printf(3), unless the same sentence is present already. Return 0 or -ENOMEM. */
int profile_function__add_note(struct profile_function *function, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int profile__add_note(struct profile *profile, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the command to a copy of ARGV, which is NULL-terminated. Returns 0 or -ENOMEM. */
int profile__set_command(struct profile *profile, char *const *argv);
int profile__add_pid(struct profile *profile, int pid); /* 0 or -ENOMEM */

#endif
