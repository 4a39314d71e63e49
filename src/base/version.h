/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * version: what --version says, and what a store of profiles is told. install/debian/changelog has the same.
 */
#ifndef LPROF_VERSION_H
#define LPROF_VERSION_H

#define LPROF_VERSION "0.1.0"

#endif
