/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heat: how much a share of the time should catch the eye. Pure.
 */
#ifndef LPROF_HEAT_H
#define LPROF_HEAT_H

#include <stdint.h>

enum heat { HEAT_NONE, HEAT_MILD, HEAT_WARM, HEAT_HOT, N_HEATS };

/* Of TIME_NS as a part of TOTAL_NS; HEAT_NONE where there is no total. */
enum heat heat__of(uint64_t time_ns, uint64_t total_ns);

/* The same without colours: "", "#", "##" or "###"; static. */
const char *heat__marks(enum heat heat);

/* What turns a terminal's colour on, "" for HEAT_NONE; after it comes HEAT_END. Static. */
const char *heat__begin(enum heat heat);

#define HEAT_BOLD "\033[1m"
#define HEAT_END  "\033[0m"

#endif
