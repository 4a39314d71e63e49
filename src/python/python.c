// SPDX-License-Identifier: GPL-2.0-or-later
#include "python/python.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/printable.h"
#include "cpython/python_code.h"
#include "cpython/python_interpreters.h"
#include "cpython/python_owners.h"
#include "cpython/python_report.h"
#include "python/python_budget.h"
#include "python/python_calibrate.h"
#include "python/python_maps.h"
#include "python/python_samples.h"
#include "target/process_start.h"

#define LEAST_LINE_NS 8 /* of the target's own time, for an average line */

struct python {
	/* When the first of the processes had begun, since 1970; not known: when functions were looked for. */
	int64_t began_ns;
	struct python_interpreters interpreters;
	const struct selector *const *selectors;
	size_t n_selectors;
	bool *awaited;			       /* for each selector: nothing had matched it when preparing was done */
	const struct calibration *calibration; /* NULL before planning */
	const uint32_t *ratios;		       /* NULL before planning */
	const pid_t *pids;		       /* borrowed: processes that are running already */
	size_t n_pids;
	/*
	 * Of all interpreters that can be profiled, one after another. Those of returns alone follow, which are used
	 * within a budget only.
	 */
	struct lprof_python_site *sites;
	uint32_t n_sites, n_returns;
	bool *is_return;	      /* for each site: it is at the end of functions */
	struct throttle_site *gated;  /* what each site costs, within a budget */
	struct python_budget *budget; /* NULL: there is none */
	struct lprof_python_name *names;
	size_t n_names;
	bool any_name;
	struct python_maps_config part; /* the data of our session_part */
	const struct lprof_bpf *skel;	/* borrowed from the session */
	struct python_records *records;
	struct python_codes codes;
	struct python_owners owners; /* with whose rights the code objects' files are read */
	const struct source_dirs *source_dirs;
	int err;	    /* the last error of taking records */
	uint64_t n_damaged; /* how many records made no sense */
	bool rejected;	    /* a code object was rejected since lines were last dropped */
};

static void python_close(void *state)
{
	struct python *python = state;

	python_budget__free(python->budget);
	python_records__close(python->records);
	python_interpreters__release(&python->interpreters);
	free(python->sites);
	free(python->is_return);
	free(python->gated);
	free(python->names);
	free(python->awaited);
	python_codes__release(&python->codes);
	python_owners__release(&python->owners);
	free(python);
}

/* Checks in the memory of the running processes that the frames are where this version is known to keep them. */
static void validate(struct python_interpreter *interpreter, const struct frontend_request *request,
		     const struct diag *diag)
{
	for (size_t i = 0; i < request->n_pids && !interpreter->nameless; i++) {
		int err = python_interpreter__validate(interpreter, request->pids[i]);

		if (err == -EPROTO)
			python_interpreter__forgo_frames(interpreter);
		else if (err)
			diag__debug(diag, "the frames of process %d cannot be checked: %s", (int)request->pids[i],
				    strerror(-err));
	}
	if (interpreter->nameless)
		diag__note(diag,
			   "the frames of %s (CPython %s) cannot be read: recursive calls, generators and functions of "
			   "the same name in a file are not told apart, and lines without a hit are not known",
			   interpreter->name, *interpreter->version ? interpreter->version : "before 3.11");
}

static int find_interpreters(struct python *python, const struct frontend_request *request, const struct diag *diag)
{
	int err = python_interpreters__find(request, false, &python->interpreters);

	for (size_t i = 0; !err && i < python->interpreters.n; i++) {
		struct python_interpreter *interpreter = python->interpreters.items[i];

		if (interpreter->reason)
			continue;
		python->n_sites += interpreter->n_probes;
		validate(interpreter, request, diag);
	}
	return err;
}

static void fill_site(struct python *python, uint32_t at, const struct python_interpreter *interpreter,
		      const struct python_probe *probe)
{
	struct lprof_python_site *site = &python->sites[at];

	*site = probe->site;
	site->nameless = interpreter->nameless;
	site->kernel = python->calibration->kernel_ratio[probe->class];
	python->gated[at].price_ns = (float)python->calibration->price_ns[probe->class];
	if (probe->event == LPROF_PYTHON_LINE)
		python->gated[at].least_ns[0] = LEAST_LINE_NS;
	python->is_return[at] = probe->event == LPROF_PYTHON_RETURN;
}

static void fill_sites(struct python *python)
{
	uint32_t n = 0;

	python->n_returns = 0;
	for (size_t i = 0; i < python->interpreters.n; i++) {
		const struct python_interpreter *interpreter = python->interpreters.items[i];

		for (size_t k = 0; !interpreter->reason && k < interpreter->n_probes; k++) {
			const struct python_probe *probe = &interpreter->probes[k];

			fill_site(python, n++, interpreter, probe);
			if (probe->event == LPROF_PYTHON_RETURN)
				fill_site(python, python->n_sites + python->n_returns++, interpreter, probe);
		}
	}
}

static int prepare_names(struct python *python)
{
	python->names = calloc(python->n_selectors + 1, sizeof(*python->names));
	python->awaited = calloc(python->n_selectors + 1, sizeof(*python->awaited));
	if (!python->names || !python->awaited)
		return -ENOMEM;
	for (size_t i = 0; i < python->n_selectors; i++) {
		const char *name = python_code__bare_name(python->selectors[i]);
		size_t most = sizeof(python->names->text) - 1;

		if (name)
			memcpy(python->names[python->n_names++].text, name, strnlen(name, most));
		else
			python->any_name = true;
	}
	return 0;
}

/* Each site may be one of returns, and so be there twice. */
static int reserve_sites(struct python *python)
{
	size_t n = 2 * (size_t)python->n_sites + 1;

	python->sites = calloc(n, sizeof(*python->sites));
	python->is_return = calloc(n, sizeof(*python->is_return));
	python->gated = calloc(n, sizeof(*python->gated));
	return python->sites && python->is_return && python->gated ? 0 : -ENOMEM;
}

static int64_t find_beginning(const struct frontend_request *request)
{
	int64_t first_ns = (int64_t)clock__realtime_ns();

	for (size_t i = 0; i < request->n_pids; i++) {
		int64_t began_ns = process_start__ns(request->pids[i]);

		if (began_ns && began_ns < first_ns)
			first_ns = began_ns;
	}
	return first_ns;
}

static int python_find(const struct frontend_request *request, const struct diag *diag, void **state)
{
	struct python *python = calloc(1, sizeof(*python));
	int err;

	*state = NULL;
	if (!python)
		return -ENOMEM;
	python->selectors = request->selectors;
	python->n_selectors = request->n_selectors;
	python->pids = request->pids;
	python->n_pids = request->n_pids;
	python->began_ns = find_beginning(request);
	python->source_dirs = request->source_dirs;
	err = find_interpreters(python, request, diag);
	if (!err)
		err = reserve_sites(python);
	if (!err)
		err = prepare_names(python);
	if (err || !python->interpreters.n)
		python_close(python);
	else
		*state = python;
	return err;
}

static int python_plan(void *state, const struct calibration *calibration, const uint32_t *ratios,
		       const struct diag *diag)
{
	struct python *python = state;

	(void)diag;
	python->calibration = calibration;
	python->ratios = ratios;
	fill_sites(python);
	return 0;
}

/* Functions are known only when they run, so any selector may still match one, if an interpreter can be profiled. */
static int python_may_match(void *state, const struct frontend_request *request, const struct selector *selector,
			    const struct diag *diag)
{
	const struct python *python = state;
	const struct python_interpreter *first;

	(void)request;
	if (!python)
		return 1;
	for (size_t i = 0; i < python->n_selectors; i++)
		if (python->selectors[i] == selector)
			python->awaited[i] = true;
	if (python->n_sites)
		return 0;
	first = python->interpreters.items[0];
	diag__error(diag,
		    "%s is CPython %s, %s: its Python functions cannot be profiled, and none of its native functions "
		    "with debug information matches %s",
		    first->name, *first->version ? first->version : "before 3.11", first->reason,
		    selector__text(selector));
	return -ENOTSUP;
}

static int python_list(void *state, FILE *out)
{
	const struct python *python = state;

	for (size_t i = 0; i < python->interpreters.n; i++) {
		const struct python_interpreter *interpreter = python->interpreters.items[i];

		if (interpreter->reason)
			continue;
		printable__print(out, "%s  CPython %s: Python functions are known only when they run",
				 interpreter->name, interpreter->version);
		fprintf(out, "\n  %8" PRIu32 " ns for each line of any function, and for its entry and return\n",
			python->calibration->price_ns[interpreter->probes[0].class]);
	}
	return ferror(out) ? -EIO : 0;
}

static void python_configure(void *state, const struct session_config *config, struct session_part *part)
{
	struct python *python = state;

	if (!python->n_sites)
		return;
	python->owners.known = config->pids;
	python->owners.n_known = config->n_pids;
	python->part = (struct python_maps_config){
		.sites = python->sites,
		.n_sites = python->n_sites + (config->budgeted ? python->n_returns : 0),
		.names = python->names,
		.n_names = python->n_names,
		.any_name = python->any_name,
	};
	memcpy(python->part.ratios, python->ratios, sizeof(python->part.ratios));
	*part = (struct session_part){&python_maps__kind, &python->part};
}

static bool is_wanted(const struct python *python, const struct python_code *code)
{
	for (size_t i = 0; i < python->n_selectors; i++)
		if (python_code__is_selected(code, python->selectors[i]))
			return true;
	return false;
}

static void take_record(void *ctx, const struct lprof_python_record *record, size_t size)
{
	struct python *python = ctx;
	struct python_code *code;
	int err = python_codes__take(&python->codes, record, size, &code);

	if (err == -EINVAL)
		python->n_damaged++; /* the target can write into its own code objects */
	else if (err)
		python->err = err;
	if (err || !code)
		return;
	if (is_wanted(python, code)) {
		err = python_owners__add(&python->owners, code->id, code->pid, python->interpreters.items[0]->files);
		python->err = err ? err : python->err;
		return;
	}
	python->rejected = true;
	python_maps__reject(python->skel, &code->key, code->id);
	python_code__forget(code);
}

/* Checks that the instructions of the probes are still as they were. 0, or -errno that was reported to DIAG. */
static int check_interpreter(const struct python *python, const struct python_interpreter *interpreter,
			     const struct diag *diag)
{
	const struct site_code_place place = {
		.name = interpreter->name,
		.path = interpreter->path,
		.dev = interpreter->dev,
		.ino = interpreter->ino,
		.pids = python->pids,
		.n_pids = python->n_pids,
	};
	int err = 0;

	for (size_t i = 0; !err && !interpreter->reason && i < interpreter->n_probes; i++)
		err = site_code__check(&place, &interpreter->probes[i].code, 1, diag);
	return err;
}

/* session__attach() or session__add_object() */
typedef int add_object(struct session *session, const struct session_object *object, const struct diag *diag);

static struct session_object object_of(const struct python_interpreter *interpreter, const struct python_probe *probe,
				       uint32_t site)
{
	return (struct session_object){
		.kind = &python_maps__kind,
		.program = probe->event,
		.count_program = PYTHON_MAPS_WINDOW + probe->event,
		.name = interpreter->name,
		.path = interpreter->path,
		.offsets = &probe->code.offset,
		.semaphores = &probe->semaphore,
		.first_site = site,
		.n = 1,
	};
}

/* Gives ADD all probes of all interpreters, the first one as site FIRST. */
static int add_probes(const struct python *python, struct session *session, uint32_t first, add_object *add,
		      const struct diag *diag)
{
	int err = 0;

	for (size_t i = 0; !err && i < python->interpreters.n; i++) {
		const struct python_interpreter *interpreter = python->interpreters.items[i];

		for (size_t k = 0; !err && !interpreter->reason && k < interpreter->n_probes; k++) {
			const struct session_object object = object_of(interpreter, &interpreter->probes[k], first++);

			err = add(session, &object, diag);
		}
	}
	return err;
}

/* Adds the probes of returns alone, the first one as site FIRST. */
static int add_returns(const struct python *python, struct session *session, uint32_t first, const struct diag *diag)
{
	int err = 0;

	for (size_t i = 0; !err && i < python->interpreters.n; i++) {
		const struct python_interpreter *interpreter = python->interpreters.items[i];

		for (size_t k = 0; !err && !interpreter->reason && k < interpreter->n_probes; k++) {
			const struct python_probe *probe = &interpreter->probes[k];
			struct session_object object;

			if (probe->event != LPROF_PYTHON_RETURN)
				continue;
			object = object_of(interpreter, probe, first++);
			object.program = PYTHON_MAPS_RETURNS;
			err = session__add_object(session, &object, diag);
		}
	}
	return err;
}

/* What is to be done before probes are put in, whoever does that. */
static int begin(struct python *python, struct session *session, const struct diag *diag)
{
	int err;

	python->skel = session__skeleton(session);
	err = python_records__open(python->skel, take_record, python, &python->records);
	if (err)
		diag__failure(diag, err, "cannot read the BPF program's records");
	for (size_t i = 0; !err && i < python->interpreters.n; i++)
		err = check_interpreter(python, python->interpreters.items[i], diag);
	return err;
}

static int python_attach(void *state, struct session *session, const struct diag *diag)
{
	struct python *python = state;
	int err;

	if (!python->n_sites)
		return 0;
	err = begin(python, session, diag);
	return err ? err : add_probes(python, session, 0, session__attach, diag);
}

static int python_submit(void *state, struct session *session, struct throttle *throttle, const struct diag *diag)
{
	struct python *python = state;
	const struct python_budget_config config = {
		.skel = session__skeleton(session),
		.throttle = throttle,
		.first = session__n_sites(session) - python->n_sites - python->n_returns,
		.n = python->n_sites,
		.n_returns = python->n_returns,
		.sites = python->gated,
		.is_return = python->is_return,
		.progress = {python->interpreters.items, python->interpreters.n, python->owners.known,
			     python->owners.n_known, &python->codes, NULL, NULL},
	};
	int err;

	if (!python->n_sites)
		return 0;
	err = begin(python, session, diag);
	if (!err)
		err = python_budget__new(&config, &python->budget);
	if (!err)
		err = add_probes(python, session, config.first, session__add_object, diag);
	return err ? err : add_returns(python, session, config.first + config.n, diag);
}

/* Whether to keep the lines of code object ID: unless it is rejected, also while it is not completely known yet. */
static bool keep_lines(void *ctx, uint32_t id)
{
	const struct python *python = ctx;
	const struct python_code *code = python_codes__find(&python->codes, id);

	return !code || !code->unwanted;
}

static void python_adjust(void *state)
{
	struct python *python = state;

	if (python->rejected)
		python_maps__drop_lines(python->skel, keep_lines, python);
	python->rejected = false;
	if (python->budget) {
		int err = python_budget__adjust(python->budget);

		python->err = err ? err : python->err;
	}
}

static int python_wake_fd(void *state)
{
	const struct python *python = state;

	return python->records ? python_records__fd(python->records) : -1;
}

static void python_wake(void *state)
{
	const struct python *python = state;

	if (python->records)
		python_records__read(python->records);
}

static int python_collect(void *state, const struct frontend_measurement *measurement, struct profile *profile)
{
	struct python *python = state;
	struct python_total *totals = NULL;
	struct python_report report = {
		.codes = &python->codes,
		.selectors = python->selectors,
		.n_selectors = python->n_selectors,
		.awaited = python->awaited,
		.interpreter = python->interpreters.items[0],
		.owners = &python->owners,
		.source_dirs = python->source_dirs,
		.began_ns = python->began_ns,
	};
	int err;

	if (!python->records)
		return 0;
	python_records__read(python->records);
	profile->probe.sites += python->n_sites;
	if (python->n_damaged &&
	    profile__add_note(profile,
			      "%llu descriptions of Python functions were damaged or incomplete: some functions may "
			      "be missing",
			      (unsigned long long)python->n_damaged))
		return -ENOMEM;
	if (python->err)
		return python->err;
	err = python->budget ? python_budget__totals(python->budget, measurement->counters, &totals) : 0;
	report.totals = totals;
	report.unseen = python->budget && python_budget__is_unseen(python->budget);
	if (!err)
		err = python_report__add(&report, measurement, profile);
	free(totals);
	return err;
}

const struct frontend python_frontend = {
	.name = "python",
	.kind = &python_maps__kind,
	.calibrated = &python_calibrate__kind,
	.find = python_find,
	.plan = python_plan,
	.may_match = python_may_match,
	.list = python_list,
	.configure = python_configure,
	.attach = python_attach,
	.submit = python_submit,
	.adjust = python_adjust,
	.wake_fd = python_wake_fd,
	.wake = python_wake,
	.samples = &python_samples__ops,
	.collect = python_collect,
	.close = python_close,
};
