// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/probed_chain.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "probe/sites.h"
#include "unit/test.h"

#define LENGTH	   CALIBRATE_CHAIN_LENGTH
#define NOP	   0x90
#define BREAKPOINT 0xcc
#define DWARF_RBP  6
#define SELF_NS	   50 /* what the program takes for a hit, as the session is told */
#define KERNEL	   7  /* how many times that the kernel takes */
#define ONE	   (1 << LPROF_RATIO_BITS)

CALIBRATE_CHAIN(probed, "", "nop");

const uint32_t probed_chain_numbers[LENGTH] = {0, 1, 2, 3, 4, 5};

void probed_chain__init(struct probed_chain *chain)
{
	uint64_t start;

	assert_int_equal(calibrate_chain__offset(calibrate_chain_probed_code, &start), 0);
	*chain = (struct probed_chain){.n = LENGTH};
	for (uint32_t i = 0; i < LENGTH; i++) {
		uint32_t next = i + 1 < LENGTH ? i + 1 : LPROF_NEXT_OUT;

		chain->offsets[i] = start + i;
		chain->items[i] = (struct lprof_site){
			.next = {next, next},
			.cfa_reg = DWARF_RBP,
			.cfa_offset = 16,
			.flags = i ? 0 : LPROF_SITE_ENTRY,
			.kernel = KERNEL * ONE,
		};
	}
}

struct session_object probed_chain__object(const struct probed_chain *chain)
{
	return (struct session_object){
		.kind = &sites__kind,
		.count_program = SESSION_COUNT,
		.name = "the test",
		.path = "/proc/self/exe",
		.offsets = chain->offsets,
		.n = chain->n,
	};
}

static struct lprof_prices even_prices(void)
{
	struct lprof_prices prices = {
		.self_ns = SELF_NS, .count_ratio = ONE, .closed_ratio = ONE, .count_self_ratio = ONE};

	for (int path = 0; path < LPROF_PATHS; path++)
		prices.path_ratio[path] = ONE;
	return prices;
}

int probed_chain__open_budgeted(const struct probed_chain *chain, const pid_t *pids, size_t n_pids,
				const struct diag *diag, struct session **out)
{
	const struct sites sites = {.items = chain->items, .n = chain->n};
	const struct session_part part = {&sites__kind, &sites};
	const struct session_object object = probed_chain__object(chain);
	const struct session_config config = {
		.parts = &part,
		.n_parts = 1,
		.pids = pids,
		.n_pids = n_pids,
		.prices = even_prices(),
		.budgeted = true,
	};
	int err = session__open(&config, diag, out);

	if (err)
		return err;
	err = session__add_object(*out, &object, diag);
	if (err)
		session__close(*out);
	else
		session__start(*out, 0);
	return err;
}

void probed_chain__run(uint32_t rounds)
{
	calibrate_chain_probed(rounds);
}

pid_t probed_chain__start(volatile uint64_t *rounds)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	while (!pid) {
		probed_chain__run(1);
		++*rounds;
	}
	return pid;
}

void probed_chain__break(pid_t pid)
{
	uint8_t code[LENGTH];
	char path[64];
	int memory;

	memset(code, BREAKPOINT, sizeof(code));
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	memory = open(path, O_RDWR | O_CLOEXEC);
	assert_true(memory >= 0);
	assert_int_equal(pwrite(memory, code, LENGTH, (off_t)(uintptr_t)calibrate_chain_probed_code), LENGTH);
	close(memory);
}

size_t probed_chain__breakpoints(pid_t pid)
{
	uint8_t code[LENGTH];
	struct iovec to = {code, LENGTH}, from = {(void *)calibrate_chain_probed_code, LENGTH};
	size_t n = 0;

	assert_int_equal(process_vm_readv(pid, &to, 1, &from, 1, 0), LENGTH);
	for (size_t i = 0; i < LENGTH; i++) {
		assert_true(code[i] == BREAKPOINT || code[i] == NOP);
		n += code[i] == BREAKPOINT;
	}
	return n;
}
