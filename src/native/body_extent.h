/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body_extent: where the code of a body ends of which only the beginning is known, as of a label of an assembler file.
 */
#ifndef LPROF_BODY_EXTENT_H
#define LPROF_BODY_EXTENT_H

#include "dwarf/debug_function.h"
#include "native/body_code.h"

/*
 * Cuts the ranges of INSTANCE, an out-of-line body that is open-ended, down to the instructions that control can reach
 * from its entry without a call. Code that cannot be decoded is left as it is. 0 or -ENOMEM.
 */
int body_extent__cut(const struct body_source *source, struct debug_instance *instance);

#endif
