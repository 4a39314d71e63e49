// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/resting.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/sort.h"
#include "probe/attachments.h"
#include "probe/code_patch.h"
#include "probe/expedite.h"

/*
 * How many sites get their probes at a time. Their breakpoints are in until the kernel has put in the last of them, and
 * each hit costs the target something.
 */
#define LINK_SITES 16

#define REFUSED_NS (5 * CLOCK_SECOND_NS) /* where probes cannot rest, it is tried again after so long */
#define UNUSED_NS  (60 * CLOCK_SECOND_NS)
#define FORKED_NS  CLOCK_SECOND_NS /* a target that has forked twice in so long is left alone for as long */

/* Some probes in one object of one process. */
struct rested {
	uint64_t *offsets; /* ascending */
	size_t n;
	struct attachment *attachment;
};

/* An object in a process. */
struct place {
	pid_t pid;
	dev_t dev;
	ino_t ino;
	struct code_patch *patch; /* NULL: probes cannot rest there */
	uint64_t refused_ns;	  /* since when */
	uint64_t used_ns;	  /* when there was a window with it */
	struct rested *items;
	size_t n, capacity;
};

struct resting {
	struct place *places;
	size_t n, capacity;
	uint32_t copies; /* as of the last look at the gate */
	uint64_t forked_ns, late_ns;
	bool forks; /* the targets fork so often that nothing rests */
};

struct resting *resting__new(void)
{
	return calloc(1, sizeof(struct resting));
}

/* From now on nothing is written there, and the kernel is to take its probes away. */
static void give_up(struct place *place, struct rested *rested, struct attachments *leaving)
{
	code_patch__forget(place->patch, rested->offsets, rested->n);
	attachments__take(leaving, rested->attachment, 0);
	free(rested->offsets);
}

/* Has the kernel take probes away, all at the same time. */
static void detach(struct attachments *leaving)
{
	struct expedite expedite;

	if (leaving->n) {
		expedite__begin(&expedite, true);
		attachments__detach(leaving);
		expedite__end(&expedite);
	}
	attachments__release(leaving);
}

static void clear(struct place *place, struct attachments *leaving)
{
	while (place->n)
		give_up(place, &place->items[--place->n], leaving);
	code_patch__close(place->patch);
	place->patch = NULL;
}

void resting__drop(struct resting *resting)
{
	struct attachments leaving = {0};

	if (!resting)
		return;
	for (size_t i = 0; i < resting->n; i++) {
		clear(&resting->places[i], &leaving);
		free(resting->places[i].items);
	}
	resting->n = 0;
	detach(&leaving);
}

void resting__free(struct resting *resting)
{
	if (!resting)
		return;
	resting__drop(resting);
	free(resting->places);
	free(resting);
}

bool resting__is_empty(const struct resting *resting)
{
	for (size_t i = 0; resting && i < resting->n; i++)
		if (resting->places[i].n)
			return false;
	return true;
}

/* Forgets places where there was no window for long: most of them are in processes that have ended. */
static void forget_unused(struct resting *resting, uint64_t now_ns)
{
	struct attachments leaving = {0};
	size_t kept = 0;

	for (size_t i = 0; i < resting->n; i++) {
		struct place *place = &resting->places[i];

		if (now_ns - place->used_ns < UNUSED_NS) {
			resting->places[kept++] = *place;
			continue;
		}
		clear(place, &leaving);
		free(place->items);
	}
	resting->n = kept;
	detach(&leaving);
}

void resting__look(struct resting *resting, const volatile struct lprof_gate *gate)
{
	uint64_t now_ns = clock__monotonic_ns();
	uint32_t copies = gate->copies;

	if (!resting)
		return;
	forget_unused(resting, now_ns);
	if (copies != resting->copies) {
		resting__drop(resting);
		resting->forks = now_ns - resting->forked_ns < FORKED_NS;
		resting->forked_ns = now_ns;
		resting->copies = copies;
	} else if (now_ns - resting->forked_ns >= FORKED_NS) {
		resting->forks = false;
	}
}

/* Nothing rests there for a while. */
static void refuse(struct place *place)
{
	struct attachments leaving = {0};

	clear(place, &leaving);
	detach(&leaving);
	place->refused_ns = clock__monotonic_ns();
}

void resting__look_idle(struct resting *resting, const volatile struct lprof_gate *gate, uint64_t late_ns)
{
	if (!resting)
		return;
	resting__look(resting, gate);
	for (size_t i = 0; late_ns != resting->late_ns && i < resting->n; i++)
		if (resting->places[i].patch && !code_patch__is_clean(resting->places[i].patch))
			refuse(&resting->places[i]);
	resting->late_ns = late_ns;
}

static struct place *find_place(const struct resting *resting, pid_t pid, int object_fd)
{
	struct stat st;

	if (fstat(object_fd, &st))
		return NULL;
	for (size_t i = 0; i < resting->n; i++) {
		struct place *place = &resting->places[i];

		if (place->pid == pid && place->dev == st.st_dev && place->ino == st.st_ino)
			return place;
	}
	return NULL;
}

static struct place *make_place(struct resting *resting, pid_t pid, int object_fd)
{
	struct place *place = find_place(resting, pid, object_fd);
	struct stat st;

	if (!place) {
		if (fstat(object_fd, &st) ||
		    grow__one(&resting->places, &resting->capacity, resting->n, sizeof(*resting->places)))
			return NULL;
		place = &resting->places[resting->n++];
		*place = (struct place){.pid = pid, .dev = st.st_dev, .ino = st.st_ino};
	}
	if (!place->patch && (!place->refused_ns || clock__monotonic_ns() - place->refused_ns > REFUSED_NS) &&
	    code_patch__open(pid, &place->patch))
		refuse(place);
	return place;
}

static bool has(const struct rested *rested, uint64_t offset)
{
	return bsearch(&offset, rested->offsets, rested->n, sizeof(offset), sort__compare_u64);
}

static bool rests(const struct place *place, uint64_t offset)
{
	for (size_t i = 0; i < place->n; i++)
		if (has(&place->items[i], offset))
			return true;
	return false;
}

/* Attaches some probes, and takes their breakpoints out. Returns whether they rest. */
static bool attach_some(struct place *place, const struct attach_request *request, int object_fd)
{
	struct rested *rested;

	if (grow__one(&place->items, &place->capacity, place->n, sizeof(*place->items)))
		return false;
	rested = &place->items[place->n];
	*rested = (struct rested){.offsets = malloc(request->n * sizeof(uint64_t)), .n = request->n};
	if (!rested->offsets)
		return false;
	memcpy(rested->offsets, request->offsets, request->n * sizeof(uint64_t));
	if (code_patch__learn(place->patch, object_fd, request->offsets, request->n) ||
	    attach__probes(request, &rested->attachment)) {
		code_patch__forget(place->patch, request->offsets, request->n);
		free(rested->offsets);
		return false;
	}
	place->n++;
	return code_patch__are_in(place->patch, request->offsets, request->n) &&
	       !code_patch__take_out(place->patch, request->offsets, request->n);
}

/* The next of the request's sites, from number *AT on, that do not rest yet. N is 0 if there are none. */
static struct attach_request next_part(const struct place *place, const struct attach_request *request, size_t *at)
{
	struct attach_request part = *request;
	size_t first = *at, end;

	while (first < request->n && rests(place, request->offsets[first]))
		first++;
	end = first;
	while (end < request->n && end - first < LINK_SITES && !rests(place, request->offsets[end]))
		end++;
	part.offsets += first;
	part.cookies += first;
	part.n = end - first;
	*at = end;
	return part;
}

/* Attaches those of the request's sites that do not rest yet. ADDED as in resting__provide(). */
static void attach_missing(struct place *place, const struct attach_request *request, int object_fd,
			   struct probe_notes *notes, size_t *added)
{
	struct expedite expedite = {.lock = -1};
	size_t at = 0, before = *added;

	while (place->patch && at < request->n) {
		struct attach_request part = next_part(place, request, &at);

		if (!part.n)
			break;
		if (*added == before)
			expedite__begin(&expedite, true);
		(void)probe_notes__add_once(notes, object_fd, part.offsets, part.n);
		*added += part.n;
		if (!attach_some(place, &part, object_fd))
			refuse(place);
	}
	expedite__end(&expedite);
}

bool resting__provide(struct resting *resting, const struct attach_request *request, int object_fd,
		      struct probe_notes *notes, size_t *added)
{
	struct place *place;

	if (!resting || resting->forks || !request->pid || request->semaphores || request->way != ATTACH_UPROBE_MULTI)
		return false;
	place = make_place(resting, request->pid, object_fd);
	if (!place)
		return false;
	place->used_ns = clock__monotonic_ns();
	attach_missing(place, request, object_fd, notes, added);
	return place->patch;
}

static bool write_request(struct resting *resting, const struct attach_request *request, int object_fd, bool in)
{
	struct place *place = find_place(resting, request->pid, object_fd);
	int err;

	if (!place || !place->patch)
		return false;
	err = in ? code_patch__put_in(place->patch, request->offsets, request->n)
		 : code_patch__take_out(place->patch, request->offsets, request->n);
	if (err)
		refuse(place);
	return !err;
}

bool resting__put_in(struct resting *resting, const struct attach_request *request, int object_fd)
{
	return write_request(resting, request, object_fd, true);
}

bool resting__take_out(struct resting *resting, const struct attach_request *request, int object_fd)
{
	return write_request(resting, request, object_fd, false);
}

static bool overlaps(const struct rested *rested, const struct attach_request *request)
{
	for (size_t i = 0; i < request->n; i++)
		if (has(rested, request->offsets[i]))
			return true;
	return false;
}

void resting__make_way(struct resting *resting, const struct attach_request *request, int object_fd)
{
	struct attachments leaving = {0};
	struct stat st;

	if (!resting || fstat(object_fd, &st))
		return;
	for (size_t p = 0; p < resting->n; p++) {
		struct place *place = &resting->places[p];
		size_t kept = 0;

		if (place->dev != st.st_dev || place->ino != st.st_ino)
			continue;
		for (size_t i = 0; i < place->n; i++) {
			if (overlaps(&place->items[i], request))
				give_up(place, &place->items[i], &leaving);
			else
				place->items[kept++] = place->items[i];
		}
		place->n = kept;
	}
	detach(&leaving);
}
