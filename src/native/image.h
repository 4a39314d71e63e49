/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image: one object of the target, and the selected functions in it. They are found, then planned; then the image is
 * ready to attach.
 */
#ifndef LPROF_IMAGE_H
#define LPROF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "dwarf/debuginfo.h"
#include "lprof.h"
#include "native/body.h"
#include "native/own_calls.h"
#include "target/selector.h"
#include "target/site_code.h"
#include "target/target.h"

struct image {
	char *name;		    /* the object's path as users know it */
	char *path;		    /* opens the object's inode */
	struct target_files *files; /* a reference: how the target sees the sources */
	char *build_id;
	struct debug_functions functions;
	struct objfile *obj; /* closed and NULL when the bodies are planned, because debug information may be large */
	struct debuginfo *info; /* likewise */
	struct body *bodies;	/* by entry */
	size_t n_bodies;
	struct own_calls own_calls;
	uint32_t n_sites;	/* of all bodies, one after another */
	uint32_t *probed;	/* the sites that carry a probe */
	uint64_t *offsets;	/* per probe: file offset of its instruction */
	struct site_code *code; /* per probe: its instruction as it was planned */
	uint32_t n_probes;
	unsigned long long dev, ino;
	int64_t made_ns; /* when the object's file was last modified, since 1970 */
};

struct image_request {
	const struct target_object *object;
	const struct selector *const *selectors;
	size_t n_selectors;
	bool *matched;	     /* for each selector: set if it selects something here */
	bool must_have_info; /* that debug information is missing is an error, which is reported */
};

struct image_planning {
	const uint32_t *prices; /* nanoseconds per hit and probe class */
	bool every_line;
	bool all_jumps;	   /* no site is spared */
	const pid_t *pids; /* running processes whose memory must hold the file's code */
	size_t n_pids;
};

/*
 * Finds the selected functions in an object. Returns 0 and an image, which may have no functions; -ENOEXEC or
 * -EOPNOTSUPP for files that hold no x86-64 code; -ENOENT when there is no debug information (reported to DIAG only
 * with must_have_info); or another -errno that was reported to DIAG.
 */
int image__open(const struct image_request *request, const struct diag *diag, struct image **out);

/* Index of the planned body that is entered at ENTRY, n_bodies when there is none. */
size_t image__find_body(const struct image *image, uint64_t entry);

/* Plans the bodies of the functions; to be called once. 0, or -errno that was said in DIAG. */
int image__plan(struct image *image, const struct image_planning *planning, const struct diag *diag);
void image__close(struct image *image);

/*
 * Checks that the instructions of all sites are still as they were planned, in the file and in the N_PIDS processes
 * PIDS. To be called just before the sites are attached. 0, or -errno that was reported to DIAG.
 */
int image__check(const struct image *image, const pid_t *pids, size_t n_pids, const struct diag *diag);

/*
 * Writes the n_sites sites of the image in the form that the BPF program reads. The image's first site gets the index
 * FIRST_SITE and its first body the index FIRST_BODY. There is one of KERNEL_RATIOS for each probe class.
 */
void image__sites(const struct image *image, uint32_t first_site, uint32_t first_body, const uint32_t *kernel_ratios,
		  struct lprof_site *sites);

#endif
