/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pprof_places: the tables of pprof's format: texts, objects, functions and lines of functions, each of which gets a
 * number when it is seen first. Pure.
 *
 * Names come from the target, and readers print them on terminals. Therefore all texts are made printable, which also
 * makes them valid UTF-8, as the format demands.
 */
#ifndef LPROF_PPROF_PLACES_H
#define LPROF_PPROF_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include <report/profile.pb-c.h>

#include "base/key_map.h"
#include "report/string_table.h"

struct pprof_location;

struct pprof_places {
	struct string_table strings;
	/* Private: messages that are in the tables, number after number from 1 on. */
	Pprof__Mapping *mappings;
	size_t n_mappings, mappings_capacity;
	Pprof__Function *functions;
	size_t n_functions, functions_capacity;
	struct pprof_location *locations;
	size_t n_locations, locations_capacity;
	struct key_map function_index, location_index; /* from hashes to indexes */
	void **pointers;			       /* to all messages, once they are put into the profile's */
	int err; /* the first error, -ENOMEM; once it is set, numbers have no meaning */
};

/* A function as it is in one file. Texts are borrowed. */
struct pprof_function {
	const char *name, *linkage_name, *file;
	uint32_t line; /* its first */
};

/* The caller must call pprof_places__release() in any case, even when pprof_places__init() has set the error. */
void pprof_places__init(struct pprof_places *places);
void pprof_places__release(struct pprof_places *places);

/* These return a number, which is new if the thing is. */
int64_t pprof_places__text(struct pprof_places *places, const char *text);
uint64_t pprof_places__mapping(struct pprof_places *places, const char *object,
			       const char *build_id); /* 0: no object */
uint64_t pprof_places__function(struct pprof_places *places, const struct pprof_function *function);
uint64_t pprof_places__location(struct pprof_places *places, uint64_t mapping, uint64_t function, uint32_t line);

/* Puts the tables into MESSAGE, which borrows them until pprof_places__release(). Nothing may be added after that. */
void pprof_places__put(struct pprof_places *places, Pprof__Profile *message);

#endif
