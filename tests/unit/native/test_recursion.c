// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/recursion.h"

#include "unit/test.h"

#define BODIES 4
#define CALLS  2

/* Bodies that consist of calls. Body B begins at address B + 1. */
struct program {
	struct cfg_insn insns[BODIES][CALLS];
	uint64_t counts[BODIES][CALLS];
	struct cfg cfgs[BODIES];
	struct attribution attributions[BODIES], *list[BODIES];
	struct body bodies[BODIES];
	size_t n_calls[BODIES];
};

static void call(struct program *program, size_t from, size_t to, uint64_t times)
{
	size_t i = program->n_calls[from]++;

	program->insns[from][i].insn = (struct insn){.lng = INSN_LONG_CALL, .target = to + 1};
	program->counts[from][i] = times;
	program->cfgs[from].n_insns = (uint32_t)(i + 1);
}

static void begin(struct program *program)
{
	*program = (struct program){0};
	for (size_t b = 0; b < BODIES; b++) {
		program->cfgs[b].insns = program->insns[b];
		program->attributions[b].counts = program->counts[b];
		program->list[b] = &program->attributions[b];
		program->bodies[b] = (struct body){.entry = b + 1, .cfg = &program->cfgs[b]};
	}
}

/* Whether the function came back to itself that has bodies 0 to N_OWN - 1. */
static bool was(const struct program *program, size_t n_own)
{
	bool own[BODIES] = {false}, visited[BODIES] = {true, true, true, true};

	for (size_t b = 0; b < n_own; b++)
		own[b] = true;
	return recursion__was(program->bodies, program->list, BODIES, own, visited);
}

static void calls_of_itself_alone_are_none(void **state)
{
	struct program program;

	(void)state;
	begin(&program);
	call(&program, 0, 0, 5);
	call(&program, 0, 1, 5);
	call(&program, 1, 0, 5);
	assert_false(was(&program, 2)); /* both bodies are its own */
	assert_true(was(&program, 1));
}

static void it_comes_back_through_others(void **state)
{
	struct program program;

	(void)state;
	begin(&program);
	call(&program, 0, 2, 1);
	call(&program, 2, 2, 1);
	call(&program, 2, 3, 1);
	assert_false(was(&program, 1));
	call(&program, 3, 0, 1);
	assert_true(was(&program, 1));
}

static void calls_that_were_not_executed_lead_nowhere(void **state)
{
	struct program program;

	(void)state;
	begin(&program);
	call(&program, 0, 1, 1);
	call(&program, 1, 0, 0);
	assert_false(was(&program, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_of_itself_alone_are_none),
		cmocka_unit_test(it_comes_back_through_others),
		cmocka_unit_test(calls_that_were_not_executed_lead_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
