// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To be preloaded: a program's own Nth call for memory fails. Its own are calls from its code, of malloc and its kin
 * and of functions of the C library that take memory for their result. What libraries call for themselves never fails:
 * some of them crash then (the C library's look into the database of users does), and nobody here can mend that. In
 * the environment:
 *
 *	FAIL_AT=N	the number of the call that fails, from 1 on
 *	FAIL_ON=1	... and all calls after it
 *	FAIL_FORKED=1	each process that the program forks counts its own calls, and the program does not
 *	FAIL_MARK=FILE	comes into being when a call fails, so that one knows when N is beyond the last call
 *
 * What the program executes is left in peace: it does not inherit LD_PRELOAD.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The C library's allocator, by the names that it keeps for this. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static unsigned long fail_at, fail_at_when_forked; /* 0: no call fails in this process */
static bool fail_on;
static const char *mark;
static atomic_ulong n_calls;
static uintptr_t code, code_end; /* the program's */

static void leave_mark(void)
{
	int fd = mark ? open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd >= 0)
		close(fd);
}

/* Whether the call whose RETURN address this is fails. */
static bool fails(const void *return_address)
{
	uintptr_t caller = (uintptr_t)return_address;
	unsigned long n;

	if (!fail_at || caller < code || caller >= code_end)
		return false;
	n = atomic_fetch_add(&n_calls, 1) + 1;
	if (n < fail_at || (n > fail_at && !fail_on))
		return false;
	leave_mark();
	errno = ENOMEM;
	return true;
}

#define FAILS fails(__builtin_return_address(0))

/* The function NAME of the C library. */
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

void *malloc(size_t size)
{
	return FAILS ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return FAILS ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return FAILS ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t n, size_t size)
{
	return FAILS ? NULL : NEXT(reallocarray)(old, n, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	return FAILS ? ENOMEM : NEXT(posix_memalign)(out, alignment, size);
}

char *strdup(const char *text)
{
	return FAILS ? NULL : NEXT(strdup)(text);
}

char *strndup(const char *text, size_t size)
{
	return FAILS ? NULL : NEXT(strndup)(text, size);
}

int vasprintf(char **out, const char *format, va_list args)
{
	return FAILS ? -1 : NEXT(vasprintf)(out, format, args);
}

int asprintf(char **out, const char *format, ...)
{
	va_list args;
	int length;

	if (FAILS)
		return -1;
	va_start(args, format);
	length = NEXT(vasprintf)(out, format, args);
	va_end(args);
	return length;
}

FILE *open_memstream(char **text, size_t *size)
{
	return FAILS ? NULL : NEXT(open_memstream)(text, size);
}

FILE *fopen(const char *path, const char *mode)
{
	return FAILS ? NULL : NEXT(fopen)(path, mode);
}

FILE *fdopen(int fd, const char *mode)
{
	return FAILS ? NULL : NEXT(fdopen)(fd, mode);
}

DIR *opendir(const char *path)
{
	return FAILS ? NULL : NEXT(opendir)(path);
}

DIR *fdopendir(int fd)
{
	return FAILS ? NULL : NEXT(fdopendir)(fd);
}

/* The first object is the program. */
static int find_code(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	(void)context;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
			continue;
		code = info->dlpi_addr + segment->p_vaddr;
		code_end = code + segment->p_memsz;
	}
	return 1;
}

static void begin_forked(void)
{
	fail_at = fail_at_when_forked;
}

static void __attribute__((constructor)) begin(void)
{
	const char *at = getenv("FAIL_AT");
	unsigned long number = at ? strtoul(at, NULL, 10) : 0;

	mark = getenv("FAIL_MARK");
	fail_on = getenv("FAIL_ON");
	unsetenv("LD_PRELOAD");
	dl_iterate_phdr(find_code, NULL);
	pthread_atfork(NULL, NULL, begin_forked);
	*(getenv("FAIL_FORKED") ? &fail_at_when_forked : &fail_at) = number;
}
