// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/expedite.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "files/run_directory.h"
#include "probe/crowd.h"

#define SETTING "/sys/kernel/rcu_expedited"
#define NAME	"expedited"

static int read_setting(void)
{
	int fd = open(SETTING, O_RDONLY | O_CLOEXEC);
	char digit = 0;

	if (fd < 0 || read(fd, &digit, 1) != 1)
		digit = 0;
	if (fd >= 0)
		close(fd);
	return digit;
}

static void write_setting(const char *value)
{
	int fd = open(SETTING, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, value, 1);
	close(fd);
}

/* The file has one byte while it was us who set it. */
static void set(int file)
{
	struct stat st;

	if (read_setting() == '0' && !fstat(file, &st) && (st.st_size || pwrite(file, "1", 1, 0) == 1))
		write_setting("1");
}

void expedite__begin(struct expedite *expedite, const char *directory)
{
	int dir = crowd__is_there() ? run_directory__open(directory, true) : -1;

	expedite->lock = -1;
	if (dir < 0)
		return;
	expedite->lock = openat(dir, NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	close(dir);
	if (expedite->lock >= 0 && !flock(expedite->lock, LOCK_SH))
		set(expedite->lock);
}

void expedite__end(struct expedite *expedite)
{
	struct stat st;

	if (expedite->lock < 0)
		return;
	/* The lock of the last one becomes exclusive. */
	if (!flock(expedite->lock, LOCK_EX | LOCK_NB) && !fstat(expedite->lock, &st) && st.st_size) {
		write_setting("0");
		(void)!ftruncate(expedite->lock, 0);
	}
	close(expedite->lock);
	expedite->lock = -1;
}
