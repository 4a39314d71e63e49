// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks the stack of this very program, before each instruction of some code that makes frames of many kinds, and
 * compares the walk with that of the C library's unwinder. The processor's trap flag stops the code at each of its
 * instructions, so in each prologue and epilogue, in the PLT, in the dynamic linker and in the C library as well.
 */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <ucontext.h>
#include <unistd.h>

#include "dwarf/unwind_table.h"
#include "elf/elf_bytes.h"
#include "flow/unwind_bodies.h"
#include "unit/compiled.h"

#define RET	    0xc3
#define TRAP_FLAG   0x100
#define MOST_FRAMES 64
#define N_BELOW	    3 /* frames of the test itself that are compared */

/* The stack of this thread is all the memory that a walk may read. */
struct stack {
	uint64_t lo, hi;
};

static inline int read_stack(const struct stack *stack, uint64_t addr, __u64 *value)
{
	if (addr < stack->lo || addr > stack->hi - 8)
		return -1;
	memcpy(value, (const void *)addr, 8); /* NOLINT(performance-no-int-to-ptr) */
	return 0;
}

#define unwind_read(memory, addr, value) read_stack(memory, addr, value)
#include "unwind.h"

/* What is needed of the compiler's unwind.h, which ours hides. */
struct _Unwind_Context;
extern int _Unwind_Backtrace(int (*fn)(struct _Unwind_Context *context, void *ctx), void *ctx);
extern uint64_t _Unwind_GetIPInfo(struct _Unwind_Context *context, int *exact);
extern uint64_t _Unwind_GetCFA(struct _Unwind_Context *context);

static const char code[] =
	"#include <alloca.h>\n#include <signal.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
	"#define APART __attribute__((noinline))\n"
	"#ifndef ALIGNED\n#define ALIGNED(n) _Alignas(n)\n#endif\n"
	"static volatile long sink;\n"
	"static void (*step_here)(void);\n"
	"APART static long leaf(long a, long b, long c, long d, long e, long f, long g, long h)\n"
	"{\n\treturn a + b * c + d - e * f + g + h + sink;\n}\n"
	"APART static long variable(long n, long m)\n"
	"{\n\tvolatile char *bytes = alloca(n * 8 + 16);\n\tbytes[n] = (char)m;\n"
	"\treturn leaf(n, m, 3, 4, 5, 6, bytes[n], bytes[0]) + m;\n}\n"
	"APART static long aligned(long n, long a, long b, long c, long d, long e, long f, long g)\n"
	"{\n\tALIGNED(64) volatile long values[8];\n\tvolatile char *bytes = alloca(n * 24);\n"
	"\tvalues[n] = a + b + c + d + e + f + g;\n\tbytes[1] = 1;\n"
	"\treturn variable(n, values[n]) + values[n] + bytes[1] + a;\n}\n"
	"APART static long aligned_only(long n)\n"
	"{\n\tALIGNED(32) volatile long values[8];\n\tvalues[n] = n;\n"
	"\treturn leaf(n, values[n], 3, 4, 5, 6, 7, 8);\n}\n"
	"APART static long large(long n)\n"
	"{\n\tvolatile char bytes[9000];\n\tbytes[n] = 1;\n\treturn aligned_only(bytes[n]) + n;\n}\n"
	"static int compare(const void *a, const void *b)\n"
	"{\n\tlong left = *(const long *)a, right = *(const long *)b;\n\tsink = aligned(3, left, right, 1, 2, 3, 4, "
	"5);\n"
	"\treturn (left > right) - (left < right);\n}\n"
	"static void on_signal(int number)\n{\n\tif (step_here)\n\t\tstep_here();\n\tsink = number;\n\tlarge(5);\n}\n"
	"APART static long recursive(long n)\n{\n\treturn n ? recursive(n - 1) + variable(n, 2) : getppid();\n}\n"
	"void run(void (*step)(void))\n"
	"{\n\tlong values[] = {5, 2, 9};\n\tqsort(values, 3, sizeof(*values), compare);\n\tsink = recursive(3);\n"
	"\tstep_here = step;\n\tsignal(SIGUSR1, on_signal);\n\traise(SIGUSR1);\n\tsink = large(6);\n"
	"\tsignal(SIGUSR1, SIG_DFL);\n}\n";

struct object {
	uint64_t lo, hi, bias;
	struct unwind_table table;
};

struct objects {
	struct object items[64];
	size_t n;
};

struct frame {
	uint64_t ip, sp;
};

struct frames {
	struct frame items[MOST_FRAMES];
	size_t n;
	bool interrupted; /* the frames of the handler are behind */
};

/* Only a signal handler walks, and it cannot be handed anything. */
static struct {
	struct objects objects;
	struct stack stack;
	struct frames below;  /* that of the code that is stepped through, and its callers */
	struct frames before; /* of the last step at which the walks were compared */
	size_t steps, unknown, alone, through_signal;
	bool misled; /* the C library may be, until the function returns */
	volatile bool ended;
	char wrong[512]; /* what is not as it should be */
} walk;

static Elf *open_object(const struct dl_phdr_info *info, int *fd)
{
	const Elf64_Ehdr *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
	Elf *elf = NULL;

	*fd = -1;
	if (strstr(info->dlpi_name, "linux-vdso"))
		return elf_memory((char *)vdso, vdso->e_shoff + (size_t)vdso->e_shnum * vdso->e_shentsize);
	*fd = open(*info->dlpi_name ? info->dlpi_name : "/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_true(*fd >= 0);
	assert_int_equal(elf_bytes__open(*fd, &elf), 0);
	return elf;
}

static int add_object(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct objects *objects = ctx;
	struct object *object = &objects->items[objects->n++];
	int fd;
	Elf *elf = open_object(info, &fd);

	(void)size;
	assert_true(objects->n < sizeof(objects->items) / sizeof(*objects->items));
	*object = (struct object){.lo = UINT64_MAX, .bias = info->dlpi_addr};
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *header = &info->dlpi_phdr[i];
		uint64_t lo = object->bias + header->p_vaddr;

		if (header->p_type == PT_LOAD && lo < object->lo)
			object->lo = lo;
		if (header->p_type == PT_LOAD && lo + header->p_memsz > object->hi)
			object->hi = lo + header->p_memsz;
	}
	assert_int_equal(unwind_table__make(elf, NULL, &object->table), 0);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return 0;
}

static const struct unwind_row *find_row(uint64_t ip)
{
	for (size_t i = 0; i < walk.objects.n; i++) {
		const struct object *object = &walk.objects.items[i];

		if (ip >= object->lo && ip < object->hi)
			return unwind_table__find(&object->table, ip - object->bias);
	}
	return NULL;
}

/* Walks from REGS on. Returns why it ended. */
static enum unwind_end walk_frames(struct unwind_registers regs, struct frames *frames)
{
	bool exact = true; /* otherwise regs.ip is behind a call, which may be the last instruction of a function */

	frames->n = 0;
	while (frames->n < MOST_FRAMES) {
		const struct unwind_row *row = find_row(regs.ip - !exact);
		enum unwind_end end;

		frames->items[frames->n++] = (struct frame){regs.ip, regs.sp};
		end = row ? unwind__step(&regs, row, &walk.stack) : UNWIND_NO_RULE;
		if (end != UNWIND_GOES_ON)
			return end;
		exact = row->cfa == UNWIND_SIGNAL;
		walk.through_signal += exact;
	}
	return UNWIND_LOOPS;
}

static int add_frame(struct _Unwind_Context *context, void *ctx)
{
	struct frames *frames = ctx;
	int exact = 0;
	uint64_t ip = _Unwind_GetIPInfo(context, &exact);

	frames->interrupted |= exact != 0;
	/* The last frame is none: the outermost function has no caller. */
	if (frames->interrupted && ip && frames->n < MOST_FRAMES)
		frames->items[frames->n++] = (struct frame){ip, _Unwind_GetCFA(context)};
	return 0; /* go on */
}

/* Up to which frame A and B are the same, from frame I on. */
static size_t common(const struct frames *a, const struct frames *b, size_t i)
{
	while (i < a->n && i < b->n && a->items[i].ip == b->items[i].ip && a->items[i].sp == b->items[i].sp)
		i++;
	return i;
}

static bool ends_below(const struct frames *frames)
{
	const struct frames *below = &walk.below;

	if (frames->n < N_BELOW || below->n < N_BELOW)
		return false;
	for (size_t i = 1; i <= N_BELOW; i++)
		if (frames->items[frames->n - i].ip != below->items[below->n - i].ip ||
		    frames->items[frames->n - i].sp != below->items[below->n - i].sp)
			return false;
	return true;
}

static void report(const struct frames *ours, size_t same, const char *what)
{
	Dl_info info = {.dli_sname = NULL};
	uint64_t ip = ours->items[same ? same - 1 : 0].ip;

	(void)dladdr((void *)ip, &info); /* NOLINT(performance-no-int-to-ptr) */
	snprintf(walk.wrong, sizeof(walk.wrong),
		 "step %zu: %s: %zu of %zu frames are equal, the last one at %#lx (%s of %s)", walk.steps, what, same,
		 ours->n, (unsigned long)(ip - (uint64_t)info.dli_fbase), info.dli_sname ? info.dli_sname : "?",
		 info.dli_fname ? info.dli_fname : "?");
}

/* The C library cannot walk through code that has no call frame information. */
static void compare_walks(const struct frames *ours, enum unwind_end end, const struct frames *theirs)
{
	size_t same = common(ours, theirs, 0);

	if (end == UNWIND_DONE && !walk.below.n)
		walk.below = *ours;
	if (end != UNWIND_DONE || same < theirs->n || !ends_below(ours))
		report(ours, same, "unlike the C library");
	walk.alone += same < ours->n;
	walk.before = *ours;
}

/*
 * The callers are those that they were before. The C library cannot be asked: once a function that aligns its stack has
 * restored the registers, GCC's rules are wrong, and it would read memory that is not there.
 */
static void compare_callers(const struct frames *ours)
{
	size_t same = common(ours, &walk.before, 1);

	if (same != ours->n || same != walk.before.n)
		report(ours, same, "unlike the walk before");
}

static void on_trap(int number, siginfo_t *info, void *context)
{
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;
	struct unwind_registers regs = {.ip = (uint64_t)gregs[REG_RIP],
					.sp = (uint64_t)gregs[REG_RSP],
					.bp = (uint64_t)gregs[REG_RBP],
					.bx = (uint64_t)gregs[REG_RBX]};
	struct frames ours, theirs = {.n = 0};
	enum unwind_end end = walk_frames(regs, &ours);

	(void)number;
	(void)info;
	walk.steps++;
	if (end == UNWIND_NO_RULE && ours.n == 1) {
		walk.unknown++;
		walk.misled = true;
	} else if (walk.misled && find_row(regs.ip)->cfa == UNWIND_RSP) {
		compare_callers(&ours);
	} else {
		walk.misled = false;
		_Unwind_Backtrace(add_frame, &theirs);
		compare_walks(&ours, end, &theirs);
	}
	walk.misled &= *(const uint8_t *)regs.ip != RET; /* NOLINT(performance-no-int-to-ptr) */
	if (*walk.wrong || walk.ended)
		gregs[REG_EFL] &= ~TRAP_FLAG;
}

static void step_from_here(void)
{
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
}

static void find_stack(void)
{
	pthread_attr_t attributes;
	void *lo;
	size_t size;

	assert_int_equal(pthread_getattr_np(pthread_self(), &attributes), 0);
	assert_int_equal(pthread_attr_getstack(&attributes, &lo, &size), 0);
	walk.stack = (struct stack){(uint64_t)lo, (uint64_t)lo + size};
	pthread_attr_destroy(&attributes);
}

/* Finds rules for the object PATH, which has no call frame information. */
static void prove(const char *path)
{
	struct objfile *obj;
	Dl_info info;

	assert_int_equal(objfile__open(path, path, &obj), 0);
	for (size_t i = 0; i < walk.objects.n; i++) {
		struct object *object = &walk.objects.items[i];

		/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
		if (dladdr((void *)object->lo, &info) && strcmp(info.dli_fname, path) == 0)
			assert_int_equal(unwind_bodies__prove(obj, &object->table), 0);
	}
	objfile__close(obj);
}

/*
 * Steps through the code that COMMAND compiles. DRAP: GCC keeps the CFA in r10 in a few instructions of functions that
 * align their stack, where there is no rule. ALONE: there is code that is not described, such as the PLT of some
 * linkers, which only we walk through.
 */
static void check(struct scratch *scratch, const char *command, bool drap, bool alone)
{
	char *path = scratch__path(scratch, "code.so");
	struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO}, before;
	void (*run)(void (*step)(void));
	void *library;

	compiled__run(scratch, command);
	library = dlopen(path, RTLD_LAZY);
	assert_non_null(library);
	*(void **)&run = dlsym(library, "run");
	assert_non_null(run);
	memset(&walk, 0, sizeof(walk));
	find_stack();
	dl_iterate_phdr(add_object, &walk.objects);
	prove(path);
	assert_int_equal(sigaction(SIGTRAP, &action, &before), 0);
	step_from_here();
	run(step_from_here);
	walk.ended = true;
	assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
	if (*walk.wrong)
		fail_msg("%s: %s", command, walk.wrong);
	assert_true(walk.steps > 2000);
	assert_true(walk.through_signal > 20);
	assert_true(drap ? walk.unknown > 0 && walk.unknown < 100 : walk.unknown == 0);
	assert_int_equal(walk.alone > 0, alone);
	for (size_t i = 0; i < walk.objects.n; i++)
		unwind_table__release(&walk.objects.items[i].table);
	dlclose(library);
	free(path);
}

static void walks_are_those_of_the_c_library(void **state)
{
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.c", code, 0644));
#define LAZY " -shared -fPIC -fno-builtin -Wl,-z,lazy -o code.so a.c"
	check(scratch, "cd @ && gcc -O0" LAZY, true, false);
	check(scratch, "cd @ && gcc -O2" LAZY, true, false);
	check(scratch, "cd @ && gcc -O2 -fno-omit-frame-pointer" LAZY, true, false);
	check(scratch, "cd @ && gcc -O2 -mstackrealign -mpreferred-stack-boundary=3" LAZY, true, false);
	check(scratch, "cd @ && gcc -O0 -mstackrealign -fuse-ld=gold" LAZY, true, false);
	check(scratch, "cd @ && gcc -O2 -fcf-protection -Wl,-z,ibtplt" LAZY, true, false);
	check(scratch, "cd @ && clang -O0 -fuse-ld=lld" LAZY, false, true);
	check(scratch, "cd @ && clang -O2 -fuse-ld=lld -fcf-protection -Wl,-z,force-ibt" LAZY, false, true);
	check(scratch, "cd @ && clang -O2 -mstackrealign -fno-omit-frame-pointer" LAZY, false, false);
	scratch__free(scratch);
}

/* The C library's walks end in code without call frame information; ours get to the callers of the test. */
static void walks_through_code_without_frame_information(void **state)
{
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.c", code, 0644));
#define BARE LAZY " '-DALIGNED(n)=' -fno-asynchronous-unwind-tables -fno-unwind-tables"
	check(scratch, "cd @ && gcc -O0" BARE, false, true);
	check(scratch, "cd @ && gcc -O2" BARE, false, true);
	check(scratch, "cd @ && clang -O2 -fno-omit-frame-pointer" BARE, false, true);
	check(scratch, "cd @ && clang -O1 -fuse-ld=lld" BARE, false, true);
	scratch__free(scratch);
}

/* Where a program is entered, and how a part of a function that has no frame of its own is left alone. */
static void nobody_calls_the_entry(void **state)
{
	struct scratch *scratch = scratch__new();
	struct objfile *obj;
	struct unwind_table table;
	const struct unwind_row *row;

	(void)state;
	free(scratch__write(scratch, "a.s",
			    ".globl _start\n.type _start, @function\n.type f, @function\n.type f.cold, @function\n"
			    "_start:\ncall f\nhlt\nf:\nsub $24, %rsp\n.rept 300\nnop\n.endr\njnz f.cold\n"
			    "add $24, %rsp\nret\nf.cold:\nadd $24, %rsp\nret\n",
			    0644));
	compiled__run(scratch, "cd @ && gcc -nostdlib -static -Wl,-Ttext=0x401000 -o program a.s");
	obj = compiled__open(scratch, "program");
	assert_int_equal(unwind_table__make(objfile__elf(obj), NULL, &table), 0);
	assert_int_equal(unwind_bodies__prove(obj, &table), 0);
	assert_int_equal(unwind_table__find(&table, 0x401000)->cfa, UNWIND_OUTERMOST);
	row = unwind_table__find(&table, 0x40100a); /* behind the first instruction of f */
	assert_true(row->cfa == UNWIND_RSP && row->cfa_offset == 32 && row->rbp == UNWIND_SAME);
	row = &table.rows[table.n - 2];
	assert_true(row->cfa == UNWIND_FRAME_POINTER && row[1].cfa == UNWIND_UNKNOWN);
	unwind_table__release(&table);
	objfile__close(obj);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_are_those_of_the_c_library),
		cmocka_unit_test(walks_through_code_without_frame_information),
		cmocka_unit_test(nobody_calls_the_entry),
	};

	elf_version(EV_CURRENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
