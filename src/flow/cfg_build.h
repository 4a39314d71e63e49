/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cfg_build: makes the cfg of a body from its bytes. Pure: what must be looked up comes in through the input.
 */
#ifndef LPROF_CFG_BUILD_H
#define LPROF_CFG_BUILD_H

#include "flow/cfg.h"
#include "flow/cfg_input.h"

/*
 * Decodes the body and finds its blocks, jump tables and roots. Every instruction begins where one is
 * proven to begin (see cfg_build.c). Returns 0 and a cfg owned by the caller, -ENOENT when no instruction could be
 * decoded at the entry, -EILSEQ when control can get to bytes that were left out, or -ENOMEM.
 */
int cfg__build(const struct cfg_input *input, struct cfg **out);

#endif
