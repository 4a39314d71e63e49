/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thunk_die: what compilers describe of thunks. Of those that correct the result as well (covariant ones) GCC and clang
 * make functions of their own in debug information; of others there is nothing.
 */
#ifndef LPROF_THUNK_DIE_H
#define LPROF_THUNK_DIE_H

#include <elfutils/libdw.h>
#include <stdbool.h>

/*
 * Whether DIE, a subprogram with code, is such a thunk, and may hold a copy of its function that is not described as
 * inlined: GCC's way. clang's thunks describe their function as inlined, and need no care.
 */
bool thunk_die__may_hold_copy(Dwarf_Die *die);

/*
 * Whether DIE, a subprogram with code, is a virtual function that may be called through another base of its class, so
 * that there may be thunks of it.
 */
bool thunk_die__may_have_any(Dwarf_Die *die);

#endif
