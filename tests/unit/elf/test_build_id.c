// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/build_id.h"

#include <fcntl.h>
#include <unistd.h>

#include "unit/compiled.h"

/* A note of another kind, and behind it the build ID; all their parts begin at multiples of the %d. */
static const char notes[] = ".section .note.build,\"a\",@note\n"
			    ".balign %1$d\n"
			    ".long 4, 1, 1\n.asciz \"GNU\"\n.balign %1$d\n.byte 7\n.balign %1$d\n"
			    ".long 4, 5, 3\n.asciz \"GNU\"\n.balign %1$d\n.byte 0xfe, 0xed, 0xfa, 0xce, 1\n"
			    ".balign %1$d\n.section .note.GNU-stack,\"\",@progbits\n";

static void check(const struct scratch *scratch, const char *name, const char *expected)
{
	char *path = scratch__path(scratch, name), *id;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf;

	assert_true(fd >= 0);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	assert_non_null(elf);
	id = build_id__of(elf);
	if (strcmp(id, expected) != 0)
		fail_msg("%s has the build ID \"%s\"", name, id);
	free(id);
	elf_end(elf);
	close(fd);
	free(path);
}

/* Makes of the ELF file FROM one that says it has no sections. */
static void drop_sections(const struct scratch *scratch, const char *from, const char *name)
{
	char *text = scratch__path(scratch, from), *path = scratch__path(scratch, name);
	const uint8_t none[8] = {0};
	char command[2 * PATH_MAX];
	int fd;

	snprintf(command, sizeof(command), "cp '%s' '%s'", text, path);
	assert_int_equal(system(command), 0);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, none, 8, offsetof(Elf64_Ehdr, e_shoff)), 8);
	assert_int_equal(pwrite(fd, none, 2, offsetof(Elf64_Ehdr, e_shnum)), 2);
	assert_int_equal(pwrite(fd, none, 2, offsetof(Elf64_Ehdr, e_shstrndx)), 2);
	close(fd);
	free(text);
	free(path);
}

static void unusual_files(void **state)
{
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.c", "int f(void) { return 1; }", 0644));
	for (int align = 4; align <= 8; align += 4) {
		char text[1024];

		snprintf(text, sizeof(text), notes, align);
		free(scratch__write(scratch, "notes.s", text, 0644));
		compiled__run(scratch, "cd @ && gcc -shared -fPIC -Wl,--build-id=none -o a.so a.c notes.s && "
				       "objcopy --only-keep-debug a.so a.debug");
		drop_sections(scratch, "a.so", "bare.so");
		check(scratch, "a.so", "feedface01");
		check(scratch, "a.debug", "feedface01");
		check(scratch, "bare.so", "feedface01");
	}
	compiled__run(scratch, "cd @ && gcc -shared -fPIC -Wl,--build-id=none -o none.so a.c && "
			       "gcc -c -o relocatable.o a.c");
	check(scratch, "none.so", "");
	check(scratch, "relocatable.o", "");
	check(scratch, "a.c", ""); /* no ELF file */
	scratch__free(scratch);
}

static void bytes_in_hexadecimal(void **state)
{
	char *hex = build_id__hex("\x00\x7f\x80\xff", 4);

	(void)state;
	assert_string_equal(hex, "007f80ff");
	free(hex);
	hex = build_id__hex(NULL, 0);
	assert_string_equal(hex, "");
	free(hex);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unusual_files),
		cmocka_unit_test(bytes_in_hexadecimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
