/* SPDX-License-Identifier: GPL-2.0-or-later */
/* version: printed by --version and sent to profile stores. It must equal the version in install/debian/changelog. */
#ifndef LPROF_VERSION_H
#define LPROF_VERSION_H

#define LPROF_VERSION "0.1.0"

#endif
