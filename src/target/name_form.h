/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_form: one spelling for all the spellings of a function's name. Pure.
 */
#ifndef LPROF_NAME_FORM_H
#define LPROF_NAME_FORM_H

#include "target/name_style.h"

/*
 * The normal form of NAME, owned by the caller; NULL when out of memory. INLINES (may be NULL) lists the inline
 * namespaces ("outer::v2"), up to a NULL; they are left out. Of a name longer than 4096 bytes, that of its beginning.
 */
char *name_form__make(const char *name, const struct name_style *style, const char *const *inlines);

/*
 * A word that the debug information of every function called NAME has in its name: "add" for "Foo<int>::add(int)".
 * "" if there is none. Owned by the caller; NULL when out of memory.
 */
char *name_form__key(const char *name);

#endif
