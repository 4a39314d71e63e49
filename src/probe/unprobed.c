// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel puts a probe only where a mapping is private and not writable at that moment. A probe that is in stays
 * there when the mapping is made writable later. So a mapping's permissions alone do not tell whether probes are
 * missing: the byte in memory does, which is that of the file only where there is no probe.
 */
#include "probe/unprobed.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "base/grow.h"
#include "base/maps.h"

struct lack {
	pid_t pid;
	const char *object;
	bool shared; /* the memory is shared rather than writable */
};

struct unprobed {
	const struct probed *probed;
	struct lack *lacks;
	size_t n;
};

struct unprobed *unprobed__new(const struct probed *probed)
{
	struct unprobed *unprobed = calloc(1, sizeof(*unprobed));

	if (unprobed)
		unprobed->probed = probed;
	return unprobed;
}

void unprobed__free(struct unprobed *unprobed)
{
	if (!unprobed)
		return;
	free(unprobed->lacks);
	free(unprobed);
}

/* What is found in one process. */
struct looking {
	struct unprobed *unprobed;
	pid_t pid;
	size_t n_mapped, n_missing; /* sites of all objects */
};

static bool is_missing(pid_t pid, uintptr_t address, uint8_t original)
{
	uint8_t found;
	/* An address in the other process. NOLINTNEXTLINE(performance-no-int-to-ptr) */
	struct iovec to = {&found, 1}, from = {(void *)address, 1};

	return process_vm_readv(pid, &to, 1, &from, 1, 0) == 1 && found == original;
}

/* Counts the sites of OBJECT that MAPPING holds. Returns whether one of them has no probe. */
static bool count_missing(struct looking *looking, const struct probed_object *object, const struct mapping *mapping)
{
	bool suspect = mapping->writable || mapping->shared;
	size_t n = 0;

	for (size_t i = 0; i < object->n_sites; i++) {
		const struct probed_site *site = &object->sites[i];
		uint64_t at = site->offset - mapping->offset;

		if (site->offset < mapping->offset || at >= mapping->hi - mapping->lo)
			continue;
		looking->n_mapped++;
		n += suspect && is_missing(looking->pid, mapping->lo + at, site->byte);
	}
	looking->n_missing += n;
	return n > 0;
}

static int remember(struct unprobed *unprobed, const struct lack *lack)
{
	for (size_t i = 0; i < unprobed->n; i++)
		if (unprobed->lacks[i].pid == lack->pid && unprobed->lacks[i].object == lack->object)
			return 0;
	if (grow__counted(&unprobed->lacks, unprobed->n, 1, sizeof(*lack)))
		return -ENOMEM;
	unprobed->lacks[unprobed->n++] = *lack;
	return 0;
}

static int look_at(struct mapping *mapping, void *ctx)
{
	struct looking *looking = ctx;
	const struct probed_object *object = probed__find(looking->unprobed->probed, looking->pid, mapping);
	struct lack lack = {.pid = looking->pid, .shared = mapping->shared};

	if (!object || !count_missing(looking, object, mapping))
		return 0;
	lack.object = object->name;
	return remember(looking->unprobed, &lack);
}

/* A process that cannot be looked at lacks nothing that is known. */
static int look_into(struct looking *looking)
{
	return maps__each(looking->pid, look_at, looking) == -ENOMEM ? -ENOMEM : 0;
}

static int look_everywhere(struct unprobed *unprobed)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int err = proc ? 0 : -errno;

	while (!err && proc && (entry = readdir(proc))) {
		struct looking looking = {.unprobed = unprobed, .pid = (pid_t)strtol(entry->d_name, NULL, 10)};

		if (looking.pid > 0)
			err = look_into(&looking);
	}
	if (proc)
		closedir(proc);
	return err;
}

int unprobed__look(struct unprobed *unprobed, const pid_t *pids, size_t n)
{
	int err = 0;

	if (!n)
		return look_everywhere(unprobed);
	for (size_t i = 0; !err && i < n; i++) {
		struct looking looking = {.unprobed = unprobed, .pid = pids[i]};

		err = look_into(&looking);
	}
	return err;
}

static const struct lack *lack_of(const struct unprobed *unprobed, pid_t pid)
{
	for (size_t i = 0; i < unprobed->n; i++)
		if (unprobed->lacks[i].pid == pid)
			return &unprobed->lacks[i];
	return NULL;
}

/* What can be done about it. */
static const char *advice(const struct lack *lack)
{
	return lack->shared ? "a program that maps its code private (MAP_PRIVATE) can be profiled"
			    : "if lprof-bpf starts the program (-- COMMAND), the probes are in before the program "
			      "makes its code writable, and stay in";
}

static const char *kind_of(const struct lack *lack)
{
	return lack->shared ? "shared" : "writable";
}

bool unprobed__are_all(const struct unprobed *unprobed, const pid_t *pids, size_t n, const struct diag *diag)
{
	const struct lack *lack;

	for (size_t i = 0; i < n; i++) {
		struct unprobed scratch = {.probed = unprobed->probed};
		struct looking looking = {.unprobed = &scratch, .pid = pids[i]};
		int err = look_into(&looking);

		free(scratch.lacks);
		if (err || !looking.n_mapped || looking.n_missing < looking.n_mapped)
			return false;
	}
	lack = n ? lack_of(unprobed, pids[0]) : NULL;
	if (!lack)
		return false;
	diag__error(diag,
		    "process %d has the selected code of %s in %s memory, into which the kernel puts no probes; %s",
		    (int)lack->pid, lack->object, kind_of(lack), advice(lack));
	return true;
}

int unprobed__note(const struct unprobed *unprobed, struct profile *profile)
{
	int err = 0;

	for (size_t i = 0; !err && i < unprobed->n; i++) {
		const struct lack *lack = &unprobed->lacks[i];

		err = profile__add_note(profile,
					"process %d had selected code of %s in %s memory, into which the kernel puts "
					"no probes: what the process ran of it there is not counted; %s",
					(int)lack->pid, lack->object, kind_of(lack), advice(lack));
	}
	return err;
}
