// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The filter is a list of the system calls that reading takes. The files are open already, so there is none among them
 * that takes a name: those with which a library may try its luck are refused, and any other ends the process. No memory
 * becomes executable. What the kernel enforces besides (no new privileges, no capability) is for what the list lacks.
 */
#include "base/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/maps.h"
#include "base/privilege.h"

#define CPU_SECONDS  300
#define LEAST_BYTES  ((uint64_t)1 << 31)
#define X32_CALLS    0x40000000
#define ROOM	     128
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const int allowed[] = {
	SYS_read,      SYS_pread64,    SYS_write,	SYS_sendto,	   SYS_recvfrom,     SYS_close,
	SYS_fstat,     SYS_newfstatat, SYS_lseek,	SYS_munmap,	   SYS_mremap,	     SYS_brk,
	SYS_madvise,   SYS_futex,      SYS_sched_yield, SYS_sysinfo,	   SYS_rt_sigreturn, SYS_rt_sigprocmask,
	SYS_getrandom, SYS_getpid,     SYS_gettid,	SYS_clock_gettime, SYS_exit,	     SYS_exit_group,
};

/* Allowed without PROT_EXEC in their third argument. */
static const int mapping_calls[] = {SYS_mmap, SYS_mprotect};

/* Refused, so that who tries does without. */
static const int refused[] = {SYS_openat, SYS_open, SYS_access, SYS_readlink};

struct program {
	struct sock_filter code[ROOM];
	unsigned short n;
};

static void add(struct program *program, uint16_t code, uint32_t k, uint8_t when, uint8_t otherwise)
{
	if (program->n < ROOM)
		program->code[program->n++] = (struct sock_filter){code, when, otherwise, k};
}

static void load(struct program *program, uint32_t offset)
{
	add(program, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void end(struct program *program, uint32_t action)
{
	add(program, BPF_RET | BPF_K, action, 0, 0);
}

/* CALL, which is loaded, ends with ACTION. */
static void decide(struct program *program, int call, uint32_t action)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
	end(program, action);
}

static void decide_mapping(struct program *program, int call)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4);
	load(program, offsetof(struct seccomp_data, args[2]));
	add(program, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
	end(program, SECCOMP_RET_KILL_PROCESS);
	end(program, SECCOMP_RET_ALLOW);
}

static int filter(void)
{
	struct program program = {.n = 0};
	struct sock_fprog whole = {.filter = program.code};

	load(&program, offsetof(struct seccomp_data, arch));
	add(&program, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	end(&program, SECCOMP_RET_KILL_PROCESS);
	load(&program, offsetof(struct seccomp_data, nr));
	add(&program, BPF_JMP | BPF_JGE | BPF_K, X32_CALLS, 0, 1);
	end(&program, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < COUNT(allowed); i++)
		decide(&program, allowed[i], SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < COUNT(refused); i++)
		decide(&program, refused[i], SECCOMP_RET_ERRNO | EACCES);
	for (size_t i = 0; i < COUNT(mapping_calls); i++)
		decide_mapping(&program, mapping_calls[i]);
	end(&program, SECCOMP_RET_KILL_PROCESS);
	whole.len = program.n;
	if (program.n == ROOM)
		return -E2BIG;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole) ? -errno : 0;
}

/* Whether the process may keep FD: it can read a file through it, and do nothing else. */
static bool is_harmless(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	return flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) == O_RDONLY && !fstat(fd, &st) &&
	       S_ISREG(st.st_mode);
}

static int close_others(int socket)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (*entry->d_name != '.' && fd != dirfd(dir) && fd != socket && fd != STDERR_FILENO &&
		    !is_harmless(fd))
			close(fd);
	}
	closedir(dir);
	return 0;
}

/* What is only read stays: object files are mapped so. */
static int unmap_shared(struct mapping *mapping, void *ctx)
{
	(void)ctx;
	if (!mapping->shared || !mapping->writable)
		return 0;
	return syscall(SYS_munmap, mapping->lo, mapping->hi - mapping->lo) ? -errno : 0;
}

static rlim_t lesser(rlim_t a, rlim_t b)
{
	return a < b ? a : b;
}

/* At SOFT the kernel says what is the matter, at HARD it does not. */
static int limit(int resource, uint64_t soft, uint64_t hard)
{
	struct rlimit now;

	if (getrlimit(resource, &now))
		return -errno;
	now.rlim_max = lesser(now.rlim_max, hard);
	now.rlim_cur = lesser(now.rlim_cur, soft);
	return setrlimit(resource, &now) ? -errno : 0;
}

struct sandbox_limits sandbox__limits(void)
{
	uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;

	return (struct sandbox_limits){.cpu_s = CPU_SECONDS, .bytes = half > LEAST_BYTES ? half : LEAST_BYTES};
}

int sandbox__enter(int socket, const struct sandbox_limits *limits)
{
	int err = close_others(socket);

	if (!err)
		err = maps__each(getpid(), unmap_shared, NULL);
	if (!err)
		err = limit(RLIMIT_CPU, limits->cpu_s, limits->cpu_s + 1);
	if (!err)
		err = limit(RLIMIT_DATA, limits->bytes, limits->bytes);
	if (!err)
		err = limit(RLIMIT_CORE, 0, 0);
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	if (!err)
		err = privilege__renounce_all();
	if (!err && prctl(PR_SET_DUMPABLE, 0))
		err = -errno;
	return err ? err : filter();
}

void sandbox__explain(int status, const struct sandbox_limits *limits, char *text, size_t size)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (signal == SIGXCPU)
		snprintf(text, size, "takes too much processor time to read: more than %llu s, or than its limit here",
			 (unsigned long long)limits->cpu_s);
	else if (signal == SIGKILL)
		snprintf(text, size, "cannot be read: its reader was killed, perhaps for want of memory");
	else if (signal == SIGSYS)
		snprintf(text, size,
			 "has made its reader do what no reading needs, which was prevented: it may be "
			 "made to harm whoever reads it");
	else if (signal)
		snprintf(text, size, "cannot be read (%s): it is damaged, or made to harm whoever reads it",
			 strsignal(signal));
	else
		snprintf(text, size, "cannot be read: its reader has ended");
}
