/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_block: how far a function reaches in its source. Pure.
 */
#ifndef LPROF_PYTHON_BLOCK_H
#define LPROF_PYTHON_BLOCK_H

#include <stdint.h>

#include "profile/source.h"

/*
 * The last line of the definition that begins, with its decorators, on line FIRST: the last one of its indented
 * block that is neither blank nor a comment alone. For what is no definition, the last line of the statement.
 */
uint32_t python_block__last(const struct source *source, uint32_t first);

#endif
