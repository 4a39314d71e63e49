/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_block: finds where a function ends in its source. Pure.
 */
#ifndef LPROF_PYTHON_BLOCK_H
#define LPROF_PYTHON_BLOCK_H

#include <stdint.h>

#include "profile/source.h"

/*
 * The last line of the definition that begins, with its decorators, on line FIRST. That is the last line of its
 * indented block that is not blank; a comment counts if it is indented as far as the block. If no definition begins
 * there, the last line of the statement.
 */
uint32_t python_block__last(const struct source *source, uint32_t first);

#endif
