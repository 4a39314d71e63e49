/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heat: classifies shares of time by how much they should catch the eye. Pure. */
#ifndef LPROF_HEAT_H
#define LPROF_HEAT_H

#include <stdint.h>

enum heat { HEAT_NONE, HEAT_MILD, HEAT_WARM, HEAT_HOT, N_HEATS };

/* The heat of TIME_NS as a part of TOTAL_NS; HEAT_NONE if TOTAL_NS is 0. */
enum heat heat__of(uint64_t time_ns, uint64_t total_ns);

/* Marks that show HEAT without colours: "", "#", "##" or "###". Static. */
const char *heat__marks(enum heat heat);

/*
 * The escape sequence that turns on the colour of HEAT in a terminal; "" for HEAT_NONE. Write HEAT_END after the text.
 * Static.
 */
const char *heat__begin(enum heat heat);

#define HEAT_BOLD "\033[1m"
#define HEAT_END  "\033[0m"

#endif
