/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json_stacks: sampled stacks as JSON, for the JSON report. */
#ifndef LPROF_JSON_STACKS_H
#define LPROF_JSON_STACKS_H

#include <jansson.h>

#include "profile/stacks.h"

/* The value of the key "stacks", which profile.schema.json describes; NULL when out of memory. */
json_t *json_stacks(const struct stacks *stacks);

#endif
