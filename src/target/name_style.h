/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_style: in what the names of a language differ from those of C and C++. Pure.
 */
#ifndef LPROF_NAME_STYLE_H
#define LPROF_NAME_STYLE_H

#include <stdbool.h>

struct name_style {
	bool any_case; /* capital letters mean the same as small ones */
	bool dots;     /* dots separate the parts of a name, as "::" does in C++ */
	bool packages; /* Go: slashes do too, and type arguments stand in [] */
	bool generics; /* Rust: a capital letter in place of a type argument stands for any type */
	/*
	 * The name as the source has it, owned by the caller, for the one in the debug information; NULL if there is
	 * none, or memory is short. May itself be NULL.
	 */
	char *(*respell)(const char *name);
};

extern const struct name_style name_style_c; /* and C++ */
extern const struct name_style name_style_any_case;
extern const struct name_style name_style_dots;
extern const struct name_style name_style_any_case_dots;
extern const struct name_style name_style_ada;
extern const struct name_style name_style_go;
extern const struct name_style name_style_nim;
extern const struct name_style name_style_ocaml;
extern const struct name_style name_style_rust;

/* Whether OCaml's compiler makes such names: "camlList__map_12". */
bool name_style__is_ocaml(const char *name);

#endif
