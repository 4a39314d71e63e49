// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * profiler with two front-ends that do nothing but say what is asked of them, "a" and "b". The session between is the
 * kernel's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "profiler/frontend.h"
#include "profiler/profiler.h"
#include "unit/scratch.h"

#define N 2

/* What a front-end is to do, and what it was given. */
struct fake {
	const char *name;
	bool absent;	     /* finds nothing to do */
	const char *selects; /* the text of the selector that it matches */
	int may_match;	     /* its answer */
	const char *fails;   /* the operation that fails */
	bool part_fails;     /* the session cannot be opened with its part */
	int wake_fd;	     /* -1: none */
	enum frontend_search searched;
	const struct calibration *calibration;
	const uint32_t *ratios;
	int opened; /* states */
};

static struct fake fakes[N];
static char log_text[1024]; /* what was asked of them */

static int note(const struct fake *fake, const char *operation)
{
	size_t used = strlen(log_text);

	snprintf(log_text + used, sizeof(log_text) - used, "%s.%s ", fake->name, operation);
	return fake->fails && !strcmp(fake->fails, operation) ? -EUCLEAN : 0;
}

static void assert_asked(const char *expected)
{
	assert_string_equal(log_text, expected);
	*log_text = '\0';
}

static int fake_find(struct fake *fake, const struct frontend_request *request, void **state)
{
	int err = note(fake, "find");

	*state = NULL;
	fake->searched = request->search[0];
	request->search[0] = FRONTEND_NAMED;
	for (size_t i = 0; i < request->n_selectors; i++)
		if (fake->selects && !strcmp(selector__text(request->selectors[i]), fake->selects))
			request->matched[i] = true;
	if (err || fake->absent)
		return err;
	fake->opened++;
	*state = fake;
	return 0;
}

static int find_a(const struct frontend_request *request, const struct diag *diag, void **state)
{
	(void)diag;
	return fake_find(&fakes[0], request, state);
}

static int find_b(const struct frontend_request *request, const struct diag *diag, void **state)
{
	(void)diag;
	return fake_find(&fakes[1], request, state);
}

static int plan(void *state, const struct calibration *calibration, const uint32_t *ratios, const struct diag *diag)
{
	struct fake *fake = state;

	(void)diag;
	fake->calibration = calibration;
	fake->ratios = ratios;
	return note(fake, "plan");
}

static int fake_may_match(struct fake *fake, const void *state, const struct diag *diag)
{
	assert_true(state == fake || (!state && fake->absent));
	note(fake, "may_match");
	if (fake->may_match < 0)
		diag__error(diag, "%s says no", fake->name);
	return fake->may_match;
}

static int may_match_a(void *state, const struct frontend_request *request, const struct selector *selector,
		       const struct diag *diag)
{
	(void)request;
	(void)selector;
	return fake_may_match(&fakes[0], state, diag);
}

static int may_match_b(void *state, const struct frontend_request *request, const struct selector *selector,
		       const struct diag *diag)
{
	(void)request;
	(void)selector;
	return fake_may_match(&fakes[1], state, diag);
}

static int list_names_b(const struct frontend_request *request, const struct diag *diag, FILE *out)
{
	(void)request;
	(void)diag;
	fprintf(out, "names of b\n");
	return note(&fakes[1], "list_names");
}

static int list(void *state, FILE *out)
{
	fprintf(out, "%s\n", ((struct fake *)state)->name);
	return note(state, "list");
}

static struct bpf_program *no_program(const struct lprof_bpf *skel, const void *data, unsigned number)
{
	(void)skel;
	(void)data;
	(void)number;
	return NULL;
}

static void configure_kind(struct lprof_bpf *skel, const void *data)
{
	(void)skel;
	note(data, "configure_part");
}

static int fill_kind(const struct lprof_bpf *skel, const void *data)
{
	const struct fake *fake = data;

	(void)skel;
	note(fake, "fill_part");
	return fake->part_fails ? -E2BIG : 0;
}

static const struct session_kind kind = {
	.n_programs = 1,
	.program = no_program,
	.configure = configure_kind,
	.fill = fill_kind,
};

/* Only b has a part in the session. */
static void configure(void *state, const struct session_config *config, struct session_part *part)
{
	assert_int_equal(config->by, LPROF_BY_NOTHING);
	note(state, "configure");
	if (state == &fakes[1])
		*part = (struct session_part){&kind, state};
}

static int attach(void *state, struct session *session, const struct diag *diag)
{
	(void)diag;
	assert_non_null(session);
	return note(state, "attach");
}

static int equip(void *state, enum profile_clock clock, enum profile_by by, struct target_equipment *equipment,
		 const struct diag *diag)
{
	(void)diag;
	assert_int_equal(clock, PROFILE_CLOCK_WALL);
	assert_int_equal(by, PROFILE_BY_NOTHING);
	if (!equipment)
		return note(state, "equip_running");
	equipment->n_fds++;
	return note(state, "equip");
}

static void stop(void *state)
{
	note(state, "stop");
}

static void adjust(void *state)
{
	note(state, "adjust");
}

static int wake_fd(void *state)
{
	return ((struct fake *)state)->wake_fd;
}

static void wake(void *state)
{
	note(state, "wake");
}

static int weigh(void *state, const struct counters *counters, struct estimate_run *run)
{
	(void)counters;
	(void)run;
	return note(state, "weigh");
}

static int collect(void *state, const struct frontend_measurement *measurement, struct profile *profile)
{
	assert_non_null(measurement->counters);
	profile->probe.sites++;
	return note(state, "collect");
}

static int dump(void *state, const struct frontend_measurement *measurement, FILE *out)
{
	(void)measurement;
	(void)out;
	return note(state, "dump");
}

static void close_fake(void *state)
{
	struct fake *fake = state;

	note(fake, "close");
	fake->opened--;
}

/* It is not measured: that leaves the defaults, which are known. */
static int cannot_calibrate(struct session_part *part, struct session_object *object, void **state)
{
	(void)part;
	(void)object;
	(void)state;
	return -ENODEV;
}

static const struct calibration_kind calibrated = {
	.name = "fake",
	.n_ratios = CALIBRATION_RATIOS,
	.defaults = {4711, 4712},
	.open = cannot_calibrate,
};

/* a has only the operations that there must be, b has them all. */
static const struct frontend a = {
	.name = "a",
	.kind = &kind,
	.find = find_a,
	.plan = plan,
	.may_match = may_match_a,
	.list = list,
	.configure = configure,
	.attach = attach,
	.collect = collect,
	.close = close_fake,
};

static const struct frontend b = {
	.name = "b",
	.kind = &kind,
	.calibrated = &calibrated,
	.find = find_b,
	.plan = plan,
	.may_match = may_match_b,
	.list_names = list_names_b,
	.list = list,
	.equip = equip,
	.configure = configure,
	.attach = attach,
	.adjust = adjust,
	.stop = stop,
	.wake_fd = wake_fd,
	.wake = wake,
	.weigh = weigh,
	.collect = collect,
	.dump = dump,
	.close = close_fake,
};

static const struct frontend *const both[N] = {&a, &b};

struct fixture {
	struct scratch *scratch;
	struct target_object object;
	struct target_objects objects;
	struct selector *selectors[2]; /* "one" and "two" */
	struct profiler_request request;
	size_t descriptors;
};

static size_t open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	*log_text = '\0';
	for (int i = 0; i < N; i++)
		fakes[i] = (struct fake){.name = both[i]->name, .may_match = 1, .wake_fd = -1};
	fixture->scratch = scratch__new();
	fixture->objects = (struct target_objects){&fixture->object, 1};
	assert_int_equal(selector__parse("one", &fixture->selectors[0]), 0);
	assert_int_equal(selector__parse("two", &fixture->selectors[1]), 0);
	fixture->request = (struct profiler_request){
		.frontends = both,
		.n_frontends = N,
		.objects = &fixture->objects,
		.interpreters = &fixture->objects,
		.selectors = (const struct selector *const *)fixture->selectors,
	};
	fixture->descriptors = open_descriptors();
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(fakes[0].opened, 0);
	assert_int_equal(fakes[1].opened, 0);
	assert_int_equal(open_descriptors(), fixture->descriptors);
	selector__free(fixture->selectors[0]);
	selector__free(fixture->selectors[1]);
	scratch__free(fixture->scratch);
	free(fixture);
	return 0;
}

static struct profiler *prepared(struct fixture *fixture)
{
	struct profiler *profiler = NULL;

	assert_int_equal(profiler__prepare(&fixture->request, &fixture->scratch->diag, &profiler), 0);
	assert_non_null(profiler);
	*log_text = '\0';
	return profiler;
}

static void each_step_is_done_for_all(void **state)
{
	struct fixture *fixture = *state;
	const struct diag *diag = &fixture->scratch->diag;
	struct profile *profile = profile__new();
	struct target_equipment equipment = {.n_fds = 0};
	struct profiler *profiler;

	assert_int_equal(profiler__prepare(&fixture->request, diag, &profiler), 0);
	assert_asked("a.find b.find a.plan b.plan ");
	assert_int_equal(profiler__equip(profiler, &equipment, diag), 0);
	assert_asked("b.equip ");
	assert_int_equal(equipment.n_fds, 1);
	assert_int_equal(profiler__attach(profiler, NULL, 0, 0, diag), 0);
	assert_asked("a.configure b.configure b.configure_part b.fill_part a.attach b.attach ");
	assert_int_equal(profiler__adjust(profiler), 0);
	assert_asked("b.adjust ");
	assert_int_equal(profiler__collect(profiler, profile), 0);
	assert_asked("b.weigh a.collect b.collect ");
	assert_int_equal(profile->probe.sites, 2);
	profiler__detach(profiler, diag);
	assert_asked("b.stop ");
	assert_int_equal(profiler__collect(profiler, profile), 0);
	assert_asked("b.weigh a.collect b.collect ");
	assert_int_equal(profiler__dump(profiler, stderr), 0);
	assert_asked("b.weigh b.dump ");
	profiler__close(profiler);
	assert_asked("a.close b.close ");
	assert_string_equal(scratch__said(fixture->scratch), "");
	profile__free(profile);
	profiler__close(NULL);
}

/* When they plan, all prices are there; each has the ratios of its own kind. */
static void prices_are_known_for_planning(void **state)
{
	struct profiler *profiler = prepared(*state);

	assert_non_null(fakes[0].calibration);
	assert_ptr_equal(fakes[0].calibration, fakes[1].calibration);
	for (int i = 0; i < INSN_PROBE_CLASSES; i++)
		assert_int_not_equal(fakes[0].calibration->price_ns[i], 0);
	assert_int_not_equal(fakes[0].calibration->prices.self_ns, 0);
	assert_null(fakes[0].ratios);
	assert_int_equal(fakes[1].ratios[0], 4711);
	assert_int_equal(fakes[1].ratios[1], 4712);
	profiler__close(profiler);
}

/* Nothing is calibrated for a front-end that has found nothing, and nothing more is asked of it. */
static void what_has_found_nothing_is_left_alone(void **state)
{
	struct fixture *fixture = *state;
	const struct diag *diag = &fixture->scratch->diag;
	struct profile *profile = profile__new();
	struct profiler *profiler;

	fakes[1].absent = true;
	assert_int_equal(profiler__prepare(&fixture->request, diag, &profiler), 0);
	assert_int_equal(fakes[0].calibration->kind_ratios[0][0], 0);
	assert_int_equal(profiler__attach(profiler, NULL, 0, 0, diag), 0);
	assert_int_equal(profiler__adjust(profiler), 0);
	assert_int_equal(profiler__wake_fd(profiler), -1);
	profiler__wake(profiler, diag);
	assert_int_equal(profiler__collect(profiler, profile), 0);
	assert_int_equal(profiler__dump(profiler, stderr), 0);
	profiler__close(profiler);
	assert_asked("a.find b.find a.plan a.configure a.attach a.collect a.close ");
	profile__free(profile);
}

static void the_first_restricts_the_next(void **state)
{
	struct profiler *profiler = prepared(*state);

	assert_int_equal(fakes[0].searched, FRONTEND_ANY);
	assert_int_equal(fakes[1].searched, FRONTEND_NAMED);
	profiler__close(profiler);
}

/* Preparing fails with the front-end's error, and whatever was open is closed. */
static void assert_prepare_fails(struct fixture *fixture, int err, const char *asked)
{
	struct profiler *profiler = NULL;

	assert_int_equal(profiler__prepare(&fixture->request, &fixture->scratch->diag, &profiler), err);
	assert_null(profiler);
	assert_asked(asked);
	assert_int_equal(fakes[0].opened, 0);
	assert_int_equal(fakes[1].opened, 0);
	assert_int_equal(open_descriptors(), fixture->descriptors);
}

static void errors_of_preparing(void **state)
{
	fakes[0].fails = "find";
	assert_prepare_fails(*state, -EUCLEAN, "a.find ");
	fakes[0].fails = NULL;
	fakes[1].fails = "find";
	assert_prepare_fails(*state, -EUCLEAN, "a.find b.find a.close ");
	fakes[1].fails = "plan";
	assert_prepare_fails(*state, -EUCLEAN, "a.find b.find a.plan b.plan a.close b.close ");
	fakes[0].fails = "plan";
	assert_prepare_fails(*state, -EUCLEAN, "a.find b.find a.plan a.close b.close ");
}

/* Attaching fails, and can be tried again. */
static void assert_attach_fails(struct fixture *fixture, struct profiler *profiler, int err, const char *asked)
{
	assert_int_equal(profiler__attach(profiler, NULL, 0, 0, &fixture->scratch->diag), err);
	assert_asked(asked);
	assert_int_equal(open_descriptors(), fixture->descriptors);
}

static void errors_of_attaching(void **state)
{
	struct fixture *fixture = *state;
	struct profiler *profiler = prepared(fixture);

	fakes[1].part_fails = true;
	/* Without a command, that is the first step. */
	assert_attach_fails(fixture, profiler, -E2BIG,
			    "b.equip_running a.configure b.configure b.configure_part b.fill_part ");
	assert_said(fixture->scratch, "maps");
	fakes[1].part_fails = false;
	fakes[1].wake_fd = 1000; /* is not open */
	assert_attach_fails(fixture, profiler, -EBADF,
			    "a.configure b.configure b.configure_part b.fill_part a.attach b.attach ");
	assert_said(fixture->scratch, "cannot wait");
	fakes[1].wake_fd = -1;
	fakes[0].fails = "attach";
	assert_attach_fails(fixture, profiler, -EUCLEAN,
			    "a.configure b.configure b.configure_part b.fill_part a.attach ");
	fakes[0].fails = NULL;
	fakes[1].fails = "attach";
	assert_attach_fails(fixture, profiler, -EUCLEAN,
			    "a.configure b.configure b.configure_part b.fill_part a.attach b.attach ");
	fakes[1].fails = NULL;
	assert_int_equal(profiler__attach(profiler, NULL, 0, 0, &fixture->scratch->diag), 0);
	profiler__close(profiler);
}

static void errors_of_collecting(void **state)
{
	struct fixture *fixture = *state;
	struct profiler *profiler = prepared(fixture);
	struct profile *profile = profile__new();

	assert_int_equal(profiler__attach(profiler, NULL, 0, 0, &fixture->scratch->diag), 0);
	*log_text = '\0';
	fakes[0].fails = "collect";
	assert_int_equal(profiler__collect(profiler, profile), -EUCLEAN);
	assert_asked("b.weigh a.collect ");
	fakes[0].fails = NULL;
	fakes[1].fails = "dump";
	assert_int_equal(profiler__dump(profiler, stderr), -EUCLEAN);
	profiler__close(profiler);
	profile__free(profile);
}

static void either_may_match_a_selector(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.n_selectors = 2;
	fakes[0].selects = "two";
	fakes[1].selects = "one";
	profiler__close(prepared(fixture));
	assert_asked("a.close b.close ");
}

/* In the order of the table, until one of them knows. */
static void who_is_asked_of_what_nothing_matches(void **state)
{
	struct fixture *fixture = *state;
	struct profiler *profiler = NULL;

	fixture->request.n_selectors = 2;
	fakes[0].selects = "one";
	assert_prepare_fails(fixture, -ENOENT, "a.find b.find a.may_match b.may_match a.close b.close ");
	fakes[0].absent = true; /* is asked all the same */
	fakes[1].may_match = -ENOENT;
	assert_prepare_fails(fixture, -ENOENT, "a.find b.find a.may_match b.may_match b.close ");
	assert_said(fixture->scratch, "b says no");
	fakes[0].absent = false;
	fakes[0].may_match = -ENOENT;
	assert_prepare_fails(fixture, -ENOENT, "a.find b.find a.may_match a.close b.close ");
	assert_said(fixture->scratch, "a says no");
	fakes[0].may_match = 0;
	assert_int_equal(profiler__prepare(&fixture->request, &fixture->scratch->diag, &profiler), 0);
	assert_asked("a.find b.find a.may_match a.plan b.plan ");
	profiler__close(profiler);
}

static void names_are_those_that_are_known(void **state)
{
	struct fixture *fixture = *state;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(profiler__list_names(&fixture->request, &fixture->scratch->diag, out), 0);
	assert_asked("b.list_names ");
	fakes[1].fails = "list_names";
	assert_int_equal(profiler__list_names(&fixture->request, &fixture->scratch->diag, out), -EUCLEAN);
	fclose(out);
	assert_string_equal(text, "names of b\nnames of b\n");
	free(text);
}

static void plans_are_listed_in_order(void **state)
{
	struct profiler *profiler = prepared(*state);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(profiler__list(profiler, out), 0);
	fakes[0].fails = "list";
	assert_int_equal(profiler__list(profiler, out), -EUCLEAN);
	fclose(out);
	assert_string_equal(text, "a\nb\na\n");
	profiler__close(profiler);
	free(text);
}

static bool is_readable(int fd)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};

	return poll(&pollfd, 1, 0) == 1;
}

/* There may be several that wait: one descriptor tells of them all. */
static void who_waits_is_woken(void **state)
{
	struct fixture *fixture = *state;
	struct frontend waiting_a = a;
	const struct frontend *const frontends[N] = {&waiting_a, &b};
	struct profiler *profiler;
	int pipes[N][2];

	waiting_a.wake_fd = wake_fd;
	waiting_a.wake = wake;
	fixture->request.frontends = frontends;
	profiler = prepared(fixture);
	assert_int_equal(profiler__wake_fd(profiler), -1);
	for (int i = 0; i < N; i++) {
		assert_int_equal(pipe2(pipes[i], O_CLOEXEC), 0);
		fakes[i].wake_fd = pipes[i][0];
	}
	assert_int_equal(profiler__attach(profiler, NULL, 0, 0, &fixture->scratch->diag), 0);
	*log_text = '\0';
	for (int i = 0; i < N; i++) {
		char byte = 0;

		assert_false(is_readable(profiler__wake_fd(profiler)));
		assert_int_equal(write(pipes[i][1], &byte, 1), 1);
		assert_true(is_readable(profiler__wake_fd(profiler)));
		profiler__wake(profiler, &fixture->scratch->diag);
		assert_asked("a.wake b.wake ");
		assert_int_equal(read(pipes[i][0], &byte, 1), 1);
	}
	profiler__close(profiler);
	for (int i = 0; i < N; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

static void too_many_frontends(void **state)
{
	static const struct frontend *const many[] = {&a, &b, &a, &b, &a, &b, &a, &b, &a, &b};
	struct fixture *fixture = *state;

	fixture->request.frontends = many;
	fixture->request.n_frontends = sizeof(many) / sizeof(*many);
	assert_prepare_fails(fixture, -E2BIG, "");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_step_is_done_for_all),
		TEST(prices_are_known_for_planning),
		TEST(what_has_found_nothing_is_left_alone),
		TEST(the_first_restricts_the_next),
		TEST(errors_of_preparing),
		TEST(errors_of_attaching),
		TEST(errors_of_collecting),
		TEST(either_may_match_a_selector),
		TEST(who_is_asked_of_what_nothing_matches),
		TEST(names_are_those_that_are_known),
		TEST(plans_are_listed_in_order),
		TEST(who_waits_is_woken),
		TEST(too_many_frontends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
