// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/elf_bytes.h"

#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "unit/compiled.h"
#include "unit/uprobe.h"

#define BREAKPOINT 0xcc

static const char program[] = "int work(int i) { return i + 1; }\n"
			      "int main(void) { return work(-1); }\n";

/* Compiles the program with FLAGS as "a". */
static void compile(const struct scratch *scratch, const char *flags)
{
	char command[256];

	free(scratch__write(scratch, "a.c", program, 0644));
	snprintf(command, sizeof(command), "gcc -g %s -o @/a @/a.c", flags);
	compiled__run(scratch, command);
}

static int open_file(const struct scratch *scratch, const char *name)
{
	char *path = scratch__path(scratch, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	free(path);
	return fd;
}

static int find_work(const struct objfile_symbol *symbol, void *ctx)
{
	*(uint64_t *)ctx = symbol->vaddr;
	return strcmp(symbol->name, "work") == 0;
}

/* File offset of the function work() of the object "a". */
static uint64_t offset_of_work(const struct scratch *scratch)
{
	struct objfile *obj = compiled__open(scratch, "a");
	uint64_t vaddr, offset;

	assert_int_equal(objfile__each_function(obj, find_work, &vaddr), 1);
	assert_int_equal(objfile__file_offset(obj, vaddr, &offset), 0);
	objfile__close(obj);
	return offset;
}

static void breakpoints_of_other_tracers_are_not_seen(void **state)
{
	struct scratch *scratch = scratch__new();
	uint64_t offset;
	uint8_t own;
	const char *image;
	char *path;
	void *private;
	size_t size;
	int fd, probe;
	Elf *elf;

	(void)state;
	compile(scratch, "");
	path = scratch__path(scratch, "a");
	offset = offset_of_work(scratch);
	fd = open_file(scratch, "a");
	assert_int_equal(pread(fd, &own, 1, (off_t)offset), 1);
	probe = uprobe__set(path, offset, -1);

	/* the reason for this test: a private mapping does show the probe */
	private = mmap(NULL, offset + 1, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(private != MAP_FAILED);
	assert_int_equal(((const uint8_t *)private)[offset], BREAKPOINT);
	munmap(private, offset + 1);

	assert_int_equal(elf_bytes__open(fd, &elf), 0);
	image = elf_rawfile(elf, &size);
	assert_non_null(image);
	assert_true(size > offset);
	assert_int_equal((uint8_t)image[offset], own);
	close(probe);

	/* a probe that is set later */
	probe = uprobe__set(path, offset, -1);
	assert_int_equal((uint8_t)image[offset], own);
	close(probe);
	elf_end(elf);
	close(fd);
	free(path);
	scratch__free(scratch);
}

static unsigned count_units(Elf *elf)
{
	Dwarf *dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	Dwarf_Off offset = 0, next;
	size_t header;
	unsigned n = 0;

	assert_non_null(dwarf);
	for (; dwarf_nextcu(dwarf, offset, &next, &header, NULL, NULL, NULL) == 0; offset = next)
		n++;
	dwarf_end(dwarf);
	return n;
}

static void compressed_sections_are_read(void **state)
{
	static const char *const flags[] = {"", "-gz=zlib", "-gz=zlib-gnu"};
	struct scratch *scratch = scratch__new();

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		Elf *elf;
		int fd;

		compile(scratch, flags[i]);
		fd = open_file(scratch, "a");
		assert_int_equal(elf_bytes__open(fd, &elf), 0);
		assert_int_equal(count_units(elf), 1);
		elf_end(elf);
		close(fd);
	}
	scratch__free(scratch);
}

/* libdw looks for split units in the directory of the file that it is given. */
static void split_units_beside_the_file_are_found(void **state)
{
	struct scratch *scratch = scratch__new();
	Dwarf_Die unit, split;
	Dwarf *dwarf;
	uint8_t type;
	Elf *elf;
	int fd;

	(void)state;
	free(scratch__write(scratch, "a.c", program, 0644));
	compiled__run(scratch, "mkdir @/made @/moved && cd @/made && gcc -g -gsplit-dwarf -c ../a.c && gcc -o a a.o && "
			       "mv a a.dwo ../moved");
	fd = open_file(scratch, "moved/a");
	assert_int_equal(elf_bytes__open(fd, &elf), 0);
	dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	assert_non_null(dwarf);
	memset(&split, 0, sizeof(split));
	assert_int_equal(dwarf_get_units(dwarf, NULL, &(Dwarf_CU *){NULL}, NULL, &type, &unit, &split), 0);
	assert_non_null(split.addr);
	dwarf_end(dwarf);
	elf_end(elf);
	close(fd);
	scratch__free(scratch);
}

/* Limits this process's address space to MORE bytes than it uses; returns the limit that it had. */
static struct rlimit limit_memory(size_t more)
{
	struct rlimit had, limit;
	FILE *file = fopen("/proc/self/statm", "re");
	size_t pages;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%zu", &pages), 1);
	fclose(file);
	assert_int_equal(getrlimit(RLIMIT_AS, &had), 0);
	limit = had;
	limit.rlim_cur = pages * (size_t)sysconf(_SC_PAGESIZE) + more;
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
	return had;
}

static void what_cannot_be_mapped_is_read(void **state)
{
	struct scratch *scratch = scratch__new();
	struct rlimit had;
	Elf *elf = NULL;
	int fd, err;
	void *map;

	(void)state;
	compile(scratch, "");
	compiled__run(scratch, "truncate -s 1G @/a");
	fd = open_file(scratch, "a");
	had = limit_memory(64ul << 20);
	map = mmap(NULL, 1ul << 30, PROT_READ, MAP_SHARED, fd, 0);
	err = elf_bytes__open(fd, &elf);
	assert_int_equal(setrlimit(RLIMIT_AS, &had), 0);
	assert_true(map == MAP_FAILED);
	assert_int_equal(err, 0);
	assert_int_equal(count_units(elf), 1);
	elf_end(elf);
	close(fd);
	scratch__free(scratch);
}

/* Looking for libelf's mapping takes a descriptor. */
static void without_descriptors_it_is_said(void **state)
{
	struct scratch *scratch = scratch__new();
	struct rlimit had, limit;
	Elf *elf = NULL;
	int fd, err;

	(void)state;
	compile(scratch, "");
	fd = open_file(scratch, "a");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &had), 0);
	limit = had;
	limit.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	err = elf_bytes__open(fd, &elf);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &had), 0);
	assert_int_equal(err, -EMFILE);
	assert_null(elf);
	close(fd);
	scratch__free(scratch);
}

static void other_files(void **state)
{
	struct scratch *scratch = scratch__new();
	Elf *elf = NULL;
	int fd;

	(void)state;
	free(scratch__write(scratch, "empty", "", 0644));
	free(scratch__write(scratch, "text", "no ELF file\n", 0644));
	fd = open_file(scratch, "text");
	assert_int_equal(elf_bytes__open(fd, &elf), 0);
	assert_int_equal(elf_kind(elf), ELF_K_NONE);
	elf_end(elf);
	close(fd);
	fd = open_file(scratch, "empty");
	assert_int_equal(elf_bytes__open(fd, &elf), 0);
	assert_int_equal(elf_kind(elf), ELF_K_NONE);
	elf_end(elf);
	close(fd);
	assert_int_equal(elf_bytes__open(-1, &elf), -EBADF);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breakpoints_of_other_tracers_are_not_seen),
		cmocka_unit_test(compressed_sections_are_read),
		cmocka_unit_test(split_units_beside_the_file_are_found),
		cmocka_unit_test(what_cannot_be_mapped_is_read),
		cmocka_unit_test(without_descriptors_it_is_said),
		cmocka_unit_test(other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
