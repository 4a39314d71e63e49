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

/* Sets it, unless somebody else has: the file has one byte while the setting is ours, and is empty otherwise. */
static void set(int file)
{
	struct stat st;

	if (read_setting() == '0' && !fstat(file, &st) && (st.st_size || pwrite(file, "1", 1, 0) == 1))
		write_setting("1");
}

void expedite__begin(struct expedite *expedite, bool always)
{
	char directory[RUN_DIRECTORY_SIZE];
	int dir = -1;

	if (always || crowd__is_there())
		dir = run_directory__open(run_directory__path(directory), true);
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
	/* Only the last process of ours that needs the setting gets the exclusive lock: that one sets it back. */
	if (!flock(expedite->lock, LOCK_EX | LOCK_NB) && !fstat(expedite->lock, &st) && st.st_size) {
		write_setting("0");
		(void)!ftruncate(expedite->lock, 0);
	}
	close(expedite->lock);
	expedite->lock = -1;
}
