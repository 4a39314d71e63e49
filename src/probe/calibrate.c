// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/calibrate.h"

#include <errno.h>
#include <string.h>

#include "base/privilege.h"
#include "files/run_directory.h"
#include "probe/calibrate_cache.h"

int calibrate__get_in(const char *directory, unsigned what, const struct diag *diag, struct calibration *out)
{
	char missing[128], key[CALIBRATE_KEY_SIZE];
	int err, key_err, store_err;

	calibration__defaults(out);
	if (privilege__missing(missing, sizeof(missing)))
		return -EPERM;
	key_err = calibrate_cache__key(what, key);
	if (!key_err && !calibrate_cache__load(directory, key, out))
		return 0;
	err = calibrate__measure(what, out);
	if (err) {
		diag__debug(diag, "the cost of probes cannot be measured (%s); using estimates", strerror(-err));
		return err;
	}
	store_err = key_err ? key_err : calibrate_cache__store(directory, key, out);
	if (store_err)
		diag__debug(diag, "the cost of probes cannot be kept in %s: %s", directory, strerror(-store_err));
	return 0;
}

int calibrate__get(unsigned what, const struct diag *diag, struct calibration *out)
{
	return calibrate__get_in(RUN_DIRECTORY, what, diag, out);
}
