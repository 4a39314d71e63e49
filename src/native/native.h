/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * native: the front-end for native code. An object that holds selected functions is an image (see image.h).
 */
#ifndef LPROF_NATIVE_H
#define LPROF_NATIVE_H

#include "profiler/frontend.h"

extern const struct frontend native_frontend;

#endif
