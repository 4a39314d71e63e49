/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options_parse: from the words of the command line to options.
 */
#ifndef LPROF_OPTIONS_PARSE_H
#define LPROF_OPTIONS_PARSE_H

#include "base/diag.h"
#include "options/options.h"

/*
 * Parses ARGV into OPTIONS; strings are borrowed from ARGV, the rest is released by options__free(),
 * which is due whatever this returns. ARGV is not changed. Returns 0 to go on, 1 when --help or
 * --version has been printed and the program should exit with success, or, after DIAG has said in one
 * sentence what is wrong, -EINVAL (exit status 2) or -ENOMEM.
 */
int options__parse(int argc, char **argv, const struct diag *diag, struct options *options);

#endif
