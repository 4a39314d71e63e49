// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/rank.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Set by Open MPI; by MPICH and its derivatives; by PMIx; by Slurm, which sets it for non-MPI jobs too. The first one
 * that is set counts.
 */
static const char *const names[] = {"OMPI_COMM_WORLD_RANK=", "PMI_RANK=", "PMIX_RANK=", "SLURM_PROCID="};

#define N_NAMES		(sizeof(names) / sizeof(*names))
#define MAX_ENVIRONMENT (4ul << 20)

/* The number in TEXT, which must consist of digits only, or -1. */
static int to_rank(const char *text, size_t len)
{
	int rank = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]) || __builtin_mul_overflow(rank, 10, &rank) ||
		    __builtin_add_overflow(rank, text[i] - '0', &rank))
			return -1;
	}
	return len ? rank : -1;
}

int rank__of_environment(const char *environment, size_t size)
{
	int ranks[N_NAMES];
	size_t len;

	memset(ranks, -1, sizeof(ranks));
	for (size_t at = 0; at < size; at += len + 1) {
		len = strnlen(environment + at, size - at);
		for (size_t i = 0; i < N_NAMES; i++) {
			size_t n = strlen(names[i]);

			if (len >= n && !memcmp(environment + at, names[i], n) && ranks[i] < 0)
				ranks[i] = to_rank(environment + at + n, len - n);
		}
	}
	for (size_t i = 0; i < N_NAMES; i++)
		if (ranks[i] >= 0)
			return ranks[i];
	return -1;
}

int rank__of_process(pid_t pid)
{
	char path[32], *environment = malloc(MAX_ENVIRONMENT);
	int rank = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	file = fopen(path, "re");
	if (file && environment)
		rank = rank__of_environment(environment, fread(environment, 1, MAX_ENVIRONMENT, file));
	if (file)
		fclose(file);
	free(environment);
	return rank;
}
