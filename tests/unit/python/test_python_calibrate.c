// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include "lprof_python.h"
#include "probe/calibrate.h"
#include "python/python_calibrate.h"
#include "unit/scratch.h"

#define NOP 0x90

/* What is probed are instructions of one byte each, every one of which begins another line. */
static void chains_stand_for_lines(void **unused)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct session_part part = {0};
	struct session_object object = {0};
	void *state = NULL;

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(python_calibrate__kind.open(&part, &object, &state), 0);
	assert_non_null(part.kind);
	assert_ptr_equal(object.kind, part.kind);
	assert_int_equal(object.program, LPROF_PYTHON_LINE);
	assert_true(object.n > 0);
	for (uint32_t i = 0; i < object.n; i++) {
		uint8_t code = 0;

		assert_int_equal(pread(fd, &code, 1, (off_t)object.offsets[i]), 1);
		assert_int_equal(code, NOP);
		for (uint32_t k = 0; k < i; k++)
			assert_int_not_equal(object.offsets[i], object.offsets[k]);
	}
	python_calibrate__kind.run(1000);
	free(state);
	close(fd);
}

static void ratios_are_plausible(void **unused)
{
	struct calibration_request request = {.kinds = {&python_calibrate__kind}, .n_kinds = 1};
	struct calibration calibration;

	(void)unused;
	for (int apart = 0; apart <= 1; apart++) {
		const uint32_t *ratios = calibration.kind_ratios[0];

		request.apart = apart;
		assert_int_equal(calibrate__measure(&request, &calibration), 0);
		/* It does less for other events, which other work on the machine may hide. */
		assert_in_range(ratios[LPROF_PYTHON_RATIO_OTHER], 1 << LPROF_RATIO_BITS >> 2,
				2 * ratios[LPROF_PYTHON_RATIO_LINE]);
		assert_in_range(ratios[LPROF_PYTHON_RATIO_LINE], 1 << LPROF_RATIO_BITS >> 1, 10 << LPROF_RATIO_BITS);
		assert_in_range(calibration.prices.self_ns, 5, 10000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_stand_for_lines),
		cmocka_unit_test(ratios_are_plausible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
