// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF files with DWARF: what list shows of them, and the report of counters that may say anything. In the part of an ELF
 * file's identification that means nothing (EI_PAD) a byte tells which functions are selected.
 */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "dwarf/address_frames.h"
#include "fuzz/common/fuzz.h"
#include "native/image_plan.h"
#include "native/image_report.h"
#include "native/native_names.h"
#include "report/report.h"

enum { SELECTED = EI_PAD };

static const char *const texts[] = {"*", "main", "*.c:1-100000", "/a/", "ns::work", "*:20", "mai*"};

static uint64_t hash(uint64_t x)
{
	x = (x ^ x >> 31) * 0x9e3779b97f4a7c15u;
	return x ^ x >> 29;
}

static void list_names(const struct frontend_request *request)
{
	struct fuzz_output output, names;
	struct diag diag;

	fuzz__open_output(&output);
	fuzz__open_output(&names);
	diag = fuzz__diag(&output);
	fuzz__assert(native_names__list(request, &diag, names.stream) != -ENOMEM);
	fuzz__close_output(&output);
	fuzz__close_output(&names);
}

static void look_at_sites(const struct image *image)
{
	static const uint32_t ratios[INSN_PROBE_CLASSES + 1] = {1, 1, 1, 1, 1, 1};
	struct lprof_site *sites = calloc(image->n_sites + 1, sizeof(*sites));
	double *costs = calloc(2 * (size_t)image->n_sites + 1, sizeof(*costs));

	fuzz__assert(sites && costs);
	image__sites(image, 0, 0, ratios, sites);
	image__static_costs(image, costs);
	free(sites);
	free(costs);
}

static void report(const struct image *image)
{
	const struct report_style style = {.unit = 1e-6, .details = true};
	struct attribute_edge *edges = calloc(2 * (size_t)image->n_sites + 1, sizeof(*edges));
	const struct profile_owner owner = {.pid = 1};
	struct profile *profile = profile__new();
	struct fuzz_output output;

	fuzz__assert(edges && profile);
	for (uint32_t e = 0; e < 2 * image->n_sites; e++) {
		edges[e].departures = edges[e].arrivals = hash(e) >> 44;
		edges[e].time.ns = (double)edges[e].departures;
	}
	fuzz__assert(!image__report(image, edges, &owner, profile));
	fuzz__open_output(&output);
	fuzz__assert(!report_text.write(profile, &style, output.stream));
	fuzz__close_output(&output);
	profile__free(profile);
	free(edges);
}

static void plan(const struct image_request *request, const struct image_planning *planning)
{
	struct fuzz_output output, listed;
	struct image *image;
	struct diag diag;
	int err;

	fuzz__open_output(&output);
	fuzz__open_output(&listed);
	diag = fuzz__diag(&output);
	err = image__open(request, &diag, &image);
	fuzz__assert(err != -ENOMEM);
	if (!err) {
		err = image__plan(image, planning, &diag);
		fuzz__assert(err != -ENOMEM);
		if (!err) {
			fuzz__assert(!image_plan__list(image, planning->prices, listed.stream));
			look_at_sites(image);
			report(image);
		}
		image__close(image);
	}
	fuzz__close_output(&output);
	fuzz__close_output(&listed);
}

static int look_at_line(const char *file, uint32_t line, void *ctx)
{
	(void)line;
	(void)ctx;
	return strlen(file) == SIZE_MAX;
}

static void look_at(struct address_frames *frames, uint64_t addr)
{
	struct address_frame found[16];
	int n = address_frames__at(frames, addr, found, sizeof(found) / sizeof(*found));

	fuzz__assert(n >= 0);
	for (int i = 0; i < n; i++)
		fuzz__assert(!address_frames__each_line(frames, &found[i], look_at_line, NULL));
}

/* Where linkers put the code. */
static void look_at_addresses(const struct target_object *object)
{
	struct address_frames *frames;

	if (address_frames__open(object->path, object->name, object->files, &frames))
		return;
	for (uint64_t at = 0x1000; at < 0x1400; at += 11) {
		look_at(frames, at);
		look_at(frames, 0x400000 + at);
	}
	address_frames__close(frames);
}

static void run(struct target_object *object, const struct selector *selector, uint8_t kind)
{
	static const uint32_t prices[INSN_PROBE_CLASSES] = {200, 200, 210, 190, 170, 2400};
	const struct image_planning planning = {
		.prices = prices,
		.every_line = kind & 0x10,
		.all_jumps = kind & 0x20,
	};
	const struct target_objects objects = {.items = object, .n = 1};
	const struct frontend_request names = {.objects = &objects, .one_object = true};
	bool matched = false;
	const struct image_request request = {
		.object = object,
		.selectors = &selector,
		.n_selectors = 1,
		.matched = &matched,
		.must_have_info = true,
	};

	list_names(&names);
	plan(&request, &planning);
	look_at_addresses(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t kind = size > SELECTED ? data[SELECTED] : 0;
	struct target_object object = {.name = (char *)"fuzzed", .main = true};
	struct selector *selector;

	unsetenv("DEBUGINFOD_URLS");
	fuzz__assert(!selector__parse(texts[(kind & 15) % (sizeof(texts) / sizeof(*texts))], &selector));
	fuzz__assert(!target_files__of_command(NULL, &object.files));
	object.path = (char *)fuzz__file(data, size);
	run(&object, selector, kind);
	target_files__unref(object.files);
	selector__free(selector);
	return 0;
}
