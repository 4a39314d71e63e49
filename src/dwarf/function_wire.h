/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * function_wire: functions as one process tells another of them. The reader checks all that the code behind it relies
 * on, since who wrote may have been taken over by what it was reading.
 */
#ifndef LPROF_FUNCTION_WIRE_H
#define LPROF_FUNCTION_WIRE_H

#include "base/wire.h"
#include "dwarf/debug_function.h"
#include "elf/objfile.h"

void function_wire__put(struct wire *wire, const struct debug_functions *functions);

/*
 * Reads FUNCTIONS, whose code is all in executable segments of OBJ, owned by the caller in any case. Whether READER has
 * failed says whether these are what debug_function.h promises: ranges and lines in order, numbers that stand for
 * something.
 */
void function_wire__get(struct wire_reader *reader, const struct objfile *obj, struct debug_functions *functions);

#endif
