// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "report/pprof.h"
#include "report/report.h"

static int write_pprof(const struct profile *profile, const struct report_style *style, FILE *out)
{
	uint8_t *data;
	size_t size;
	int err = pprof__encode(profile, &data, &size);

	(void)style;
	if (err)
		return err;
	fwrite(data, 1, size, out);
	free(data);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_pprof = {.name = "pprof", .suffix = ".pb.gz", .binary = true, .write = write_pprof};
