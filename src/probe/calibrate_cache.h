/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate_cache: the last calibration, kept in a file until the next boot.
 */
#ifndef LPROF_CALIBRATE_CACHE_H
#define LPROF_CALIBRATE_CACHE_H

#include "probe/calibration.h"

#define CALIBRATE_CACHE_FILE "calibration"
#define CALIBRATE_KEY_SIZE   512

/* Writes to KEY a line that is equal only when REQUEST, the machine and the program are the same. 0 or -errno. */
int calibrate_cache__key(const struct calibration_request *request, char key[CALIBRATE_KEY_SIZE]);

/*
 * Reads what was stored in DIRECTORY under KEY. -ENOENT: nothing; -ESTALE: it has another key; -EPERM:
 * others could have written it; -EBADMSG: damaged; other -errno. OUT is written on success only.
 */
int calibrate_cache__load(const char *directory, const char *key, struct calibration *out);

/* Replaces what is stored; makes DIRECTORY, but not its parents. 0 or -errno. */
int calibrate_cache__store(const char *directory, const char *key, const struct calibration *calibration);

#endif
