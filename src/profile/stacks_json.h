/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stacks_json: reads sampled stacks from the JSON report. Pure. */
#ifndef LPROF_STACKS_JSON_H
#define LPROF_STACKS_JSON_H

#include "profile/json_parser.h"
#include "profile/stacks.h"

/*
 * Reads the value of the key "stacks" into *out, which the caller owns; it is left as it is when the parser's reader
 * has a problem afterwards.
 */
void stacks_json__read(struct json_parser *parser, struct stacks **out);

#endif
