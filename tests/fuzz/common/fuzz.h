/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: what the harnesses have in common. A harness is a program that gives the bytes of one input to code which reads
 * what strangers wrote. libFuzzer makes the inputs (make fuzz), or replay.c reads them from files (make test).
 *
 * A harness must do the same whenever it is given the same input, and keep nothing from one input to the next.
 */
#ifndef LPROF_TESTS_FUZZ_H
#define LPROF_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"

/* What each harness defines: runs the input of SIZE bytes at DATA, which it must not change. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Unlike assert(3), this cannot be switched off. */
#define fuzz__assert(condition)                                                                                        \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                        \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

/* What of an input is not yet used. Harnesses take what they need from the front; behind the end there are zeros. */
struct fuzz_bytes {
	const uint8_t *at;
	size_t left;
};

uint8_t fuzz__u8(struct fuzz_bytes *bytes);
uint16_t fuzz__u16(struct fuzz_bytes *bytes);

/* The next bytes up to one that is 0, or to the end, as a string. Owned by the caller. */
char *fuzz__string(struct fuzz_bytes *bytes);

/*
 * Writes the input into a file in memory and returns the path that opens it, which is valid until the next call. There
 * is but one such file.
 */
const char *fuzz__file(const uint8_t *data, size_t size);

/* Where output goes that is to be checked. */
struct fuzz_output {
	FILE *stream;
	char *text;
	size_t size;
};

/* Opens OUTPUT, which must stay where it is until fuzz__close_output(). */
void fuzz__open_output(struct fuzz_output *output);

/*
 * Closes OUTPUT, and fails if a terminal would take something in it for a command: if it holds a control character other
 * than tab and line ends.
 */
void fuzz__close_output(struct fuzz_output *output);

/* Closes OUTPUT without a look at it. */
void fuzz__drop_output(struct fuzz_output *output);

/* Messages that go to OUTPUT. */
struct diag fuzz__diag(const struct fuzz_output *output);

#endif
