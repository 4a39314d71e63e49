// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/objfile.h"

#include <errno.h>

#include "elf/lsda.h"
#include "elf/pointers.h"
#include "unit/compiled.h"

static const char program[] = "#include <stdio.h>\n"
			      "#include <stdlib.h>\n"
			      "int data = 7;\n"
			      "const int constant = 9;\n"
			      "__attribute__((noinline)) int work(int i)\n"
			      "{\n"
			      "	static const void *const labels[] = {&&one, &&two};\n"
			      "	goto *labels[i & 1];\n"
			      "one:\n"
			      "	return puts(\"one\");\n"
			      "two:\n"
			      "	return i + data + constant;\n"
			      "}\n"
			      "int main(int argc, char **argv)\n"
			      "{\n"
			      "	(void)argv;\n"
			      "	if (argc > 9)\n"
			      "		abort();\n"
			      "	return work(argc) == 0;\n"
			      "}\n";

static int find_symbol(const struct objfile_symbol *symbol, void *ctx)
{
	struct objfile_symbol *wanted = ctx;

	if (strcmp(symbol->name, wanted->name) != 0)
		return 0;
	wanted->vaddr = symbol->vaddr;
	wanted->size = symbol->size;
	return 42;
}

static struct objfile_symbol symbol_of(const struct objfile *obj, const char *name)
{
	struct objfile_symbol symbol = {.name = name};

	assert_int_equal(objfile__each_function(obj, find_symbol, &symbol), 42);
	return symbol;
}

struct addresses {
	uint64_t items[16];
	size_t n;
};

static int collect(uint64_t vaddr, void *ctx)
{
	struct addresses *addresses = ctx;

	if (addresses->n == 16)
		return -E2BIG;
	addresses->items[addresses->n++] = vaddr;
	return 0;
}

static int each_pointer(const struct objfile *obj, uint64_t lo, uint64_t hi, int (*fn)(uint64_t vaddr, void *ctx),
			void *ctx)
{
	struct pointers *pointers;
	int result;

	assert_int_equal(pointers__new(obj, &pointers), 0);
	result = pointers__each(pointers, lo, hi, fn, ctx);
	pointers__free(pointers);
	return result;
}

struct pad_visit {
	int (*fn)(uint64_t pad, void *ctx);
	void *ctx;
};

static int visit_pad(const struct lsda_site *site, void *ctx)
{
	const struct pad_visit *visit = ctx;

	/* A call is five bytes or more, and does not throw to itself. */
	assert_true(site->lo < site->hi && (site->pad < site->lo || site->pad >= site->hi));
	return visit->fn(site->pad, visit->ctx);
}

static int each_landing_pad(const struct objfile *obj, uint64_t vaddr, int (*fn)(uint64_t pad, void *ctx), void *ctx)
{
	struct lsda_index *pads;
	int result;

	assert_int_equal(lsda_index__new(obj, &pads), 0);
	result = lsda_index__each_pad(pads, obj, vaddr, visit_pad, &(struct pad_visit){fn, ctx});
	lsda_index__free(pads);
	return result;
}

static int stop(uint64_t vaddr, void *ctx)
{
	(void)vaddr;
	(void)ctx;
	return 17;
}

/* Names the targets of all direct calls (e8) in the function; returns whether NAME is among them. */
static bool calls(const struct objfile *obj, const struct objfile_symbol *function, const char *name)
{
	const uint8_t *code = objfile__bytes(obj, function->vaddr, function->size);

	assert_non_null(code);
	for (size_t i = 0; i + 5 <= function->size; i++) {
		int32_t displacement;
		const char *callee;

		memcpy(&displacement, code + i + 1, sizeof(displacement));
		if (code[i] != 0xe8)
			continue;
		callee = objfile__callee_name(obj, function->vaddr + i + 5 + (uint64_t)(int64_t)displacement);
		if (callee && strcmp(callee, name) == 0)
			return true;
	}
	return false;
}

static void check_program(struct scratch *scratch, const char *flags, bool fixed)
{
	struct addresses labels = {.n = 0};
	struct objfile_symbol work, start;
	struct objfile *obj;
	char command[512];
	uint64_t offset = 0;

	snprintf(command, sizeof(command), "gcc -O0 %s -Wl,--build-id=0x0123abcd -o @/program @/program.c", flags);
	compiled__run(scratch, command);
	obj = compiled__open(scratch, "program");
	work = symbol_of(obj, "work");
	start = symbol_of(obj, "main");
	assert_string_equal(objfile__build_id(obj), "0123abcd");
	assert_true(objfile__is_executable(obj));
	assert_non_null(strstr(objfile__interpreter(obj), "ld-linux"));
	assert_true(objfile__is_code(obj, work.vaddr));
	assert_false(objfile__is_writable(obj, work.vaddr));
	assert_int_equal(objfile__file_offset(obj, work.vaddr, &offset), 0);
	assert_int_equal(offset, fixed ? work.vaddr - 0x400000 : work.vaddr);
	assert_true(calls(obj, &work, "puts"));
	assert_true(calls(obj, &start, "abort"));
	assert_true(calls(obj, &start, "work"));
	assert_false(calls(obj, &start, "puts"));
	assert_int_equal(each_pointer(obj, work.vaddr, work.vaddr + work.size, collect, &labels), 0);
	assert_int_equal(labels.n, 2);
	assert_true(labels.items[0] > work.vaddr && labels.items[0] < labels.items[1]);
	assert_int_equal(each_pointer(obj, labels.items[0], labels.items[1], stop, NULL), 17);
	assert_int_equal(each_pointer(obj, labels.items[1] + 1, work.vaddr + work.size, stop, NULL), 0);
	assert_int_equal(each_landing_pad(obj, work.vaddr, stop, NULL), -ENOENT);
	objfile__close(obj);
}

static void programs(void **state)
{
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "program.c", program, 0644));
	check_program(scratch, "-fPIE -pie", false);
	check_program(scratch, "-no-pie -fno-pie", true);
	check_program(scratch, "-fPIE -pie -fcf-protection=full -Wl,-z,ibtplt", false);
	check_program(scratch, "-fPIE -pie -Wl,-z,now", false);
	check_program(scratch, "-fPIE -pie -Wl,-z,pack-relative-relocs", false);
	scratch__free(scratch);
}

static void shared_library(void **state)
{
	struct scratch *scratch = scratch__new();
	struct objfile *obj;

	(void)state;
	free(scratch__write(scratch, "a.c", "int counter; int f(void) { return ++counter; }", 0644));
	compiled__run(scratch, "gcc -shared -fPIC -Wl,--build-id=none -o @/a.so @/a.c && strip @/a.so");
	obj = compiled__open(scratch, "a.so");
	assert_false(objfile__is_executable(obj));
	assert_null(objfile__interpreter(obj));
	assert_string_equal(objfile__build_id(obj), "");
	assert_true(symbol_of(obj, "f").vaddr > 0);
	assert_string_equal(objfile__callee_name(obj, symbol_of(obj, "f").vaddr), "f");
	assert_null(objfile__callee_name(obj, symbol_of(obj, "f").vaddr + 1));
	objfile__close(obj);
	scratch__free(scratch);
}

static void versioned_names(void **state)
{
	struct scratch *scratch = scratch__new();
	struct objfile *obj;

	(void)state;
	free(scratch__write(scratch, "a.c", "int f1(void) { return 1; } __asm__(\".symver f1,f@@V1\");", 0644));
	free(scratch__write(scratch, "a.map", "V1 { global: f; };", 0644));
	compiled__run(scratch, "gcc -shared -fPIC -Wl,--version-script=@/a.map -o @/a.so @/a.c");
	obj = compiled__open(scratch, "a.so");
	assert_true(symbol_of(obj, "f").vaddr > 0);
	objfile__close(obj);
	scratch__free(scratch);
}

static void bytes_at_edges(void **state)
{
	struct objfile *obj = NULL;
	uint64_t offset;

	(void)state;
	assert_int_equal(objfile__open("/proc/self/exe", "itself", &obj), 0);
	assert_string_equal(objfile__name(obj), "itself");
	assert_string_equal(objfile__path(obj), "/proc/self/exe");
	assert_non_null(objfile__elf(obj));
	assert_null(objfile__bytes(obj, UINT64_MAX, 1));
	assert_null(objfile__bytes(obj, UINT64_MAX - 3, 16));
	assert_null(objfile__bytes(obj, 0, SIZE_MAX));
	assert_false(objfile__is_code(obj, UINT64_MAX));
	assert_int_equal(objfile__file_offset(obj, UINT64_MAX, &offset), -ERANGE);
	assert_int_equal(objfile__file_offset(obj, 0, &offset), -ERANGE);
	objfile__close(obj);
}

static void landing_pads(void **state)
{
	struct scratch *scratch = scratch__new();
	struct addresses pads = {.n = 0};
	struct objfile_symbol f;
	struct objfile *obj;

	(void)state;
	free(scratch__write(scratch, "a.cc",
			    "void g(int);\n"
			    "extern \"C\" void f() { try { g(1); } catch (...) {} try { g(2); } catch (int) {} }\n",
			    0644));
	compiled__run(scratch, "g++ -O0 -shared -fPIC -o @/a.so @/a.cc");
	obj = compiled__open(scratch, "a.so");
	f = symbol_of(obj, "f");
	assert_int_equal(each_landing_pad(obj, f.vaddr + 3, collect, &pads), 0);
	assert_int_equal(pads.n, 2);
	for (size_t i = 0; i < pads.n; i++)
		assert_true(pads.items[i] > f.vaddr && pads.items[i] < f.vaddr + f.size);
	assert_int_equal(each_landing_pad(obj, f.vaddr, stop, NULL), 17);
	assert_int_equal(each_landing_pad(obj, 0, collect, &pads), -ENOENT);
	objfile__close(obj);
	scratch__free(scratch);
}

/* The table of call sites is the last thing in its segment, whatever its size. */
static void landing_pads_at_the_end(void **state)
{
	enum { MOST = 6 };
	char source[1024] = "void g(int);\nextern \"C\" void f() {\n";

	(void)state;
	for (size_t n = 1; n <= MOST; n++) {
		struct scratch *scratch = scratch__new();
		struct addresses pads = {.n = 0};
		size_t length = strlen(source);
		struct objfile *obj;

		snprintf(source + length, sizeof(source) - length, "try { g(%zu); } catch (...) {}\n", n);
		length = strlen(source);
		snprintf(source + length, sizeof(source) - length, "}\n");
		free(scratch__write(scratch, "a.cc", source, 0644));
		source[length] = '\0';
		compiled__run(scratch, "clang++ -O1 -shared -fPIC -o @/a.so @/a.cc");
		obj = compiled__open(scratch, "a.so");
		assert_int_equal(each_landing_pad(obj, symbol_of(obj, "f").vaddr, collect, &pads), 0);
		assert_int_equal(pads.n, n);
		objfile__close(obj);
		scratch__free(scratch);
	}
}

static void not_objects(void **state)
{
	struct scratch *scratch = scratch__new();
	struct objfile *obj = NULL;
	char *path = scratch__write(scratch, "text", "hello\n", 0644);

	(void)state;
	assert_int_equal(objfile__open(path, path, &obj), -ENOEXEC);
	assert_int_equal(objfile__open("/nonexistent", "x", &obj), -ENOENT);
	free(path);
	free(scratch__write(scratch, "a.c", "int f(void) { return 1; }", 0644));
	compiled__run(scratch, "gcc -c -o @/a.o @/a.c && head -c 40 @/a.o > @/cut");
	path = scratch__path(scratch, "a.o");
	assert_int_equal(objfile__open(path, path, &obj), -EOPNOTSUPP);
	free(path);
	path = scratch__path(scratch, "cut");
	assert_true(objfile__open(path, path, &obj) < 0);
	free(path);
	scratch__free(scratch);
}

/* A copy of a file, to whose end more is appended. */
struct image {
	uint8_t *bytes;
	size_t size;
};

/* Appends a copy of the SIZE bytes at FROM at an odd offset, and returns that. */
static size_t append_misaligned(struct image *image, size_t from, size_t size)
{
	size_t at = image->size | 1;

	image->bytes = realloc(image->bytes, at + size);
	assert_non_null(image->bytes);
	memset(image->bytes + image->size, 0, at - image->size);
	memcpy(image->bytes + at, image->bytes + from, size);
	image->size = at + size;
	return at;
}

/* Writes to OUT a copy of the ELF file IN in which no header and no table is aligned. */
static void misalign(const char *in, const char *out)
{
	struct image image = {0};
	FILE *file = fopen(in, "re");
	Elf64_Ehdr header;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	image.size = (size_t)ftell(file);
	image.bytes = calloc(1, image.size);
	assert_non_null(image.bytes);
	rewind(file);
	assert_int_equal(fread(image.bytes, 1, image.size, file), image.size);
	fclose(file);
	memcpy(&header, image.bytes, sizeof(header));
	header.e_phoff = append_misaligned(&image, header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr));
	header.e_shoff = append_misaligned(&image, header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr));
	for (size_t i = 0; i < header.e_shnum; i++) {
		size_t at = header.e_shoff + i * sizeof(Elf64_Shdr);
		Elf64_Shdr section;

		memcpy(&section, image.bytes + at, sizeof(section));
		if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS)
			continue;
		section.sh_offset = append_misaligned(&image, section.sh_offset, section.sh_size);
		memcpy(image.bytes + at, &section, sizeof(section));
	}
	memcpy(image.bytes, &header, sizeof(header));
	file = fopen(out, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(image.bytes, 1, image.size, file), image.size);
	assert_int_equal(fclose(file), 0);
	free(image.bytes);
}

static int count_name(const char *name, void *ctx)
{
	assert_non_null(name);
	++*(unsigned *)ctx;
	return 0;
}

/* The sanitised build of this test reports any misaligned access through a pointer into the file. */
static void nothing_need_be_aligned(void **state)
{
	static const char *const flags[] = {"-O1 -fPIE -pie", "-O1 -no-pie",
					    "-O1 -fPIE -pie -Wl,-z,pack-relative-relocs"};
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.c", program, 0644));
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		char command[256], *in = scratch__path(scratch, "a"), *out = scratch__path(scratch, "b");
		struct objfile *obj, *aligned;
		struct objfile_symbol work;
		struct addresses labels = {.n = 0};
		uint64_t vaddr, size;
		unsigned n_needed = 0;

		snprintf(command, sizeof(command), "gcc %s -o @/a @/a.c", flags[i]);
		compiled__run(scratch, command);
		misalign(in, out);
		aligned = compiled__open(scratch, "a");
		obj = compiled__open(scratch, "b");
		assert_string_equal(objfile__build_id(obj), objfile__build_id(aligned));
		assert_string_equal(objfile__interpreter(obj), objfile__interpreter(aligned));
		work = symbol_of(obj, "work");
		assert_int_equal(work.vaddr, symbol_of(aligned, "work").vaddr);
		assert_true(calls(obj, &work, "puts"));
		assert_int_equal(objfile__each_needed(obj, count_name, &n_needed), 0);
		assert_int_equal(n_needed, 1);
		assert_int_equal(objfile__find_data(obj, "data", &vaddr, &size), 0);
		assert_int_equal(each_pointer(obj, work.vaddr, work.vaddr + work.size, collect, &labels), 0);
		assert_true(labels.n >= 2);
		assert_int_equal(each_landing_pad(obj, work.vaddr, collect, &labels), -ENOENT);
		objfile__close(obj);
		objfile__close(aligned);
		free(in);
		free(out);
	}
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs),	   cmocka_unit_test(shared_library),
		cmocka_unit_test(versioned_names), cmocka_unit_test(bytes_at_edges),
		cmocka_unit_test(landing_pads),	   cmocka_unit_test(landing_pads_at_the_end),
		cmocka_unit_test(not_objects),	   cmocka_unit_test(nothing_need_be_aligned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
