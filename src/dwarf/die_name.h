/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * die_name: which function a DIE belongs to, and its qualified name.
 */
#ifndef LPROF_DIE_NAME_H
#define LPROF_DIE_NAME_H

#include <elfutils/libdw.h>
#include <stdbool.h>

/* The enclosing scopes of the DIEs of units, remembered: libdw knows no parents. */
struct die_scopes;

struct die_scopes *die_scopes__new(void); /* NULL when out of memory */
void die_scopes__free(struct die_scopes *scopes);

/* The DIE to which DIE's chain of abstract origins and specifications leads; DIE itself when it has none. */
Dwarf_Die die_name__root(Dwarf_Die *die);

/* DW_AT_name of DIE or its origins, or NULL. Borrowed from the debug information, like the next. */
const char *die_name__bare(Dwarf_Die *die);

/* The linkage name that DIE, or the nearest of its origins that has one, carries, or NULL. */
const char *die_name__linkage(Dwarf_Die *die);

/*
 * The name of DIE (a root) with those of the scopes around it: "ns::Class::method". Owned by the caller;
 * NULL when it has no name or memory is short.
 */
char *die_name__qualified(struct die_scopes *scopes, Dwarf_Die *die);

/* Sets *RESULT to the scope directly around DIE, a namespace, a type or a function. False if there is none. */
bool die_name__scope(struct die_scopes *scopes, Dwarf_Die *die, Dwarf_Die *result);

/*
 * The paths of the inline namespaces in DIE's unit ("outer::v2"), up to a NULL; NULL if it has none. Borrowed from
 * SCOPES until it is next used.
 */
const char *const *die_name__inlines(struct die_scopes *scopes, Dwarf_Die *die);

/*
 * The DIE whose declaration file and line are those of DIE: itself, else the class around its ROOT (GCC
 * gives a lambda's operator() neither).
 */
Dwarf_Die die_name__place(struct die_scopes *scopes, Dwarf_Die *die, Dwarf_Die *root);

/* The path that the line table gives for DIE's DW_AT_decl_file, or its origins', or NULL. Borrowed. */
const char *die_name__file(Dwarf_Die *die);

#endif
