// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/process_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

ssize_t process_memory__read(pid_t pid, uint64_t address, void *to, size_t size)
{
	struct iovec local = {to, size};
	/* An address in the other process. NOLINTNEXTLINE(performance-no-int-to-ptr) */
	struct iovec remote = {(void *)(uintptr_t)address, size};
	ssize_t n = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	return n < 0 ? -errno : n;
}

int process_memory__write(pid_t pid, uint64_t address, const void *from, size_t size)
{
	struct iovec local = {.iov_len = size};
	/* An address in the other process. NOLINTNEXTLINE(performance-no-int-to-ptr) */
	struct iovec remote = {(void *)(uintptr_t)address, size};
	ssize_t n;

	memcpy(&local.iov_base, &from, sizeof(from)); /* which is only read */
	n = process_vm_writev(pid, &local, 1, &remote, 1, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EFAULT;
}

bool process_memory__gather(pid_t pid, const uint64_t *addresses, size_t n, uint64_t *words)
{
	struct iovec local = {words, n * sizeof(*words)}, remote[PROCESS_MEMORY_MOST];

	if (n > PROCESS_MEMORY_MOST)
		return false;
	for (size_t i = 0; i < n; i++)
		/* An address in the other process. NOLINTNEXTLINE(performance-no-int-to-ptr) */
		remote[i] = (struct iovec){(void *)(uintptr_t)addresses[i], sizeof(*words)};
	return process_vm_readv(pid, &local, 1, remote, n, 0) == (ssize_t)local.iov_len;
}
