// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_room.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "files/file_rights.h"
#include "monitoring/monitoring_script.h"
#include "shim/lprof_shim.h"

/* Where a room may be: every user can make files there. */
static const char *const places[] = {"/tmp", "/var/tmp", "/dev/shm"};

struct monitoring_room {
	pid_t pid;
	struct file_rights rights; /* of the process */
	int place; /* the directory that the room is made in; all three descriptors are -1 without one */
	int directory;
	int socket;
	char path[64];	  /* as the process sees it */
	const char *name; /* the last component of it */
};

static void forget(int fd)
{
	if (fd >= 0)
		close(fd);
}

void monitoring_room__close(struct monitoring_room *room)
{
	static const char *const files[] = {LPROF_SHIM_SCRIPT, LPROF_SHIM_COPY, LPROF_SHIM_SOCKET,
					    MONITORING_SCRIPT_FAILURE};

	if (!room)
		return;
	for (size_t i = 0; room->directory >= 0 && i < sizeof(files) / sizeof(*files); i++)
		(void)unlinkat(room->directory, files[i], 0);
	if (room->directory >= 0)
		(void)unlinkat(room->place, room->name, AT_REMOVEDIR);
	forget(room->socket);
	forget(room->directory);
	forget(room->place);
	file_rights__release(&room->rights);
	free(room);
}

/*
 * Opens the directory PATH as process PID sees it: links are followed below its root directory. Returns a descriptor or
 * -errno.
 */
static int open_place(pid_t pid, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	char root[32];
	int top, fd;

	snprintf(root, sizeof(root), "/proc/%d/root", (int)pid);
	top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, top, path, &how, sizeof(how));
	if (fd < 0)
		fd = -errno;
	close(top);
	return fd;
}

/* Whether nobody but the user of the process, and root, can rename or remove what the user has made there. */
static bool is_safe(const struct monitoring_room *room)
{
	struct stat st;

	if (fstat(room->place, &st))
		return false;
	return (st.st_uid == room->rights.uid || !st.st_uid) && (st.st_mode & S_ISVTX || !(st.st_mode & 0022));
}

/* Makes the directory, with the rights of the process. 0 or -errno. */
static int make(struct monitoring_room *room)
{
	struct stat st;

	if (mkdirat(room->place, room->name, 0700))
		return -errno;
	room->directory = openat(room->place, room->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (room->directory < 0)
		return -errno;
	return fstat(room->directory, &st) || st.st_uid != room->rights.uid || st.st_mode & 0077 ? -EACCES : 0;
}

static int make_with_rights(struct monitoring_room *room)
{
	struct file_rights_before before;
	int err = file_rights__assume(&room->rights, &before);

	if (err)
		return err;
	err = make(room);
	file_rights__resume(&before);
	return err;
}

/* Makes the room in one of the places. 0 or -errno. */
static int find_place(struct monitoring_room *room)
{
	unsigned long long number;
	int err = -EACCES;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	for (size_t i = 0; err && i < sizeof(places) / sizeof(*places); i++) {
		snprintf(room->path, sizeof(room->path), "%s/lprof-bpf-%016llx", places[i], number);
		room->name = room->path + strlen(places[i]) + 1;
		room->place = open_place(room->pid, places[i]);
		if (room->place < 0)
			continue;
		err = is_safe(room) ? make_with_rights(room) : -EACCES;
		if (err) {
			close(room->place);
			room->place = -1;
		}
	}
	return err;
}

/* Binds the socket, with the rights of the process. 0 or -errno. */
static int bind_socket(const struct monitoring_room *room)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct file_rights_before before;
	int err;

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" LPROF_SHIM_SOCKET, room->directory);
	err = file_rights__assume(&room->rights, &before);
	if (err)
		return err;
	if (bind(room->socket, (struct sockaddr *)&address, sizeof(address)))
		err = -errno;
	file_rights__resume(&before);
	return err;
}

static int listen_there(struct monitoring_room *room)
{
	int err;

	room->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (room->socket < 0)
		return -errno;
	err = bind_socket(room);
	return err || !listen(room->socket, 4) ? err : -errno;
}

int monitoring_room__open(pid_t pid, struct monitoring_room **out)
{
	struct monitoring_room *room = calloc(1, sizeof(*room));
	int err;

	if (!room)
		return -ENOMEM;
	*room = (struct monitoring_room){.pid = pid, .place = -1, .directory = -1, .socket = -1};
	err = file_rights__of_process(pid, &room->rights);
	if (!err)
		err = find_place(room);
	if (!err)
		err = listen_there(room);
	if (err) {
		monitoring_room__close(room);
		return err;
	}
	*out = room;
	return 0;
}

const char *monitoring_room__path(const struct monitoring_room *room)
{
	return room->path;
}

int monitoring_room__add(const struct monitoring_room *room, const char *name, const void *bytes, size_t size)
{
	struct file_rights_before before;
	int fd, err = file_rights__assume(&room->rights, &before);

	if (err)
		return err;
	fd = openat(room->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	err = fd < 0 ? -errno : descriptor__write_all(fd, bytes, size);
	forget(fd);
	file_rights__resume(&before);
	return err;
}

void monitoring_room__read(const struct monitoring_room *room, const char *name, char *text, size_t size)
{
	int fd = openat(room->directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

	text[n > 0 ? n : 0] = '\0';
	forget(fd);
}

/* Whether the process itself is at the other end. */
static bool is_expected(const struct monitoring_room *room, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) && peer.pid == room->pid;
}

int monitoring_room__await(const struct monitoring_room *room, int ms)
{
	struct pollfd ready = {.fd = room->socket, .events = POLLIN};
	int fd;

	if (poll(&ready, 1, ms) <= 0)
		return -ETIMEDOUT;
	fd = accept4(room->socket, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return errno == EAGAIN || errno == EINTR ? -ETIMEDOUT : -errno;
	if (is_expected(room, fd))
		return fd;
	close(fd);
	return -ETIMEDOUT;
}
