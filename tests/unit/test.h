/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test: cmocka, and what its header needs before it. */
#ifndef LPROF_TESTS_TEST_H
#define LPROF_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
