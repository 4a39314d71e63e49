/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_declaration: what stands around a function's name where it is declared, called, or shown in a stack. Pure.
 */
#ifndef LPROF_NAME_DECLARATION_H
#define LPROF_NAME_DECLARATION_H

#include "target/name_tokens.h"

/*
 * The name in TEXT: "step" for "pub fn step<T: Copy>(x: T) -> T" and "call step", "(*Tree).Insert" for
 * "func (t *Tree) Insert(k int) error", "f(int)" for "f(int) noexcept;" and "f" for "f+0x12". Return types of C++ are
 * left where they are. Owned by the caller; NULL when out of memory.
 */
char *name_declaration__name(const char *text);

/* In names of C++, drops the names and the default values of parameters: "f(int, char**)" for "f(int n, char *v[])". */
void name_declaration__drop_parameters(struct name_tokens *form);

#endif
