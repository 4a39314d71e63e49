// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/site_code.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "target/mapped.h"

static int check_file(const struct site_code_place *place, const struct site_code *sites, size_t n,
		      const struct diag *diag)
{
	int fd = open(place->path, O_RDONLY | O_CLOEXEC), err = fd < 0 ? -errno : 0;

	for (size_t i = 0; !err && i < n; i++) {
		uint8_t bytes[sizeof(sites->bytes)];
		ssize_t got = pread(fd, bytes, sites[i].len, (off_t)sites[i].offset);

		if (got < 0)
			err = -errno;
		else if (got != sites[i].len || memcmp(bytes, sites[i].bytes, sites[i].len) != 0)
			err = -ESTALE;
	}
	if (fd >= 0)
		close(fd);
	if (err == -ESTALE)
		diag__error(diag, "%s was changed after it was read; no probe was set; try again when it is complete",
			    place->name);
	else if (err)
		diag__failure(diag, err, "cannot read %s again", place->name);
	return err;
}

/* A mapped_insn_fn that knows one instruction: the site itself. */
static size_t is_site(uint64_t offset, void *ctx)
{
	const struct site_code *site = ctx;

	return offset == site->offset ? site->len : 0;
}

static int check_process(const struct site_code_place *place, pid_t pid, const struct site_code *sites, size_t n,
			 const struct diag *diag)
{
	static const char *const reasons[] = {
		[MAPPED_BREAKPOINT] = "got a debugger's breakpoint where a probe was to be set; delete it",
		[MAPPED_CHANGED] = "was changed after it was read",
	};
	enum mapped_state state = MAPPED_SAME;
	struct mapped *mapped;
	int err = mapped__open(pid, place->dev, place->ino, &mapped);

	if (err == -ESRCH)
		return 0;
	if (err) {
		diag__failure(diag, err, "cannot read the memory of process %d", (int)pid);
		return err;
	}
	for (size_t i = 0; state == MAPPED_SAME && i < n; i++) {
		struct site_code site = sites[i];

		state = mapped__compare(mapped, site.offset, site.bytes, site.len, is_site, &site);
	}
	mapped__close(mapped);
	if (state == MAPPED_SAME || state == MAPPED_GONE)
		return 0;
	if (state == MAPPED_UNKNOWN)
		return -ENOMEM;
	diag__error(diag, "the code of %s in process %d %s; no probe was set; try again", place->name, (int)pid,
		    reasons[state]);
	return -ESTALE;
}

int site_code__check(const struct site_code_place *place, const struct site_code *sites, size_t n,
		     const struct diag *diag)
{
	int err = check_file(place, sites, n, diag);

	for (size_t i = 0; !err && i < place->n_pids; i++)
		err = check_process(place, place->pids[i], sites, n, diag);
	return err;
}
