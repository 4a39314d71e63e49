// SPDX-License-Identifier: GPL-2.0-or-later
/* In these tests the clock is a number, and the store is a list of prepared answers. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "push/delivery.h"
#include "unit/scratch.h"

#define SECOND	     1000000000ull
#define MAX_REQUESTS 64

struct store {
	struct push_answer answers[MAX_REQUESTS]; /* answers to the requests in turn; the last one is repeated */
	size_t n_answers;
	char got[MAX_REQUESTS][16]; /* the data of the requests */
	size_t n_got;
};

struct fixture {
	struct scratch *scratch;
	char *directory;
	struct push_url *url;
	struct spool *spool;
	struct store store;
	struct delivery_config config;
	struct delivery *delivery;
	uint64_t now_ns;
};

static void post(void *context, const struct push_request *request, const struct push_cancel *cancel,
		 struct push_answer *answer)
{
	struct store *store = context;
	size_t at = store->n_got < store->n_answers ? store->n_got : store->n_answers - 1;

	(void)cancel;
	assert_in_range(store->n_got, 0, MAX_REQUESTS - 1);
	assert_in_range(request->size, 0, 15);
	memcpy(store->got[store->n_got++], request->body, request->size);
	*answer = store->answers[at];
}

/* Prepares the statuses that the store answers, ended by 0; the last one is repeated for ever. */
static void will_answer(struct fixture *fixture, const int *statuses)
{
	fixture->store = (struct store){0};
	do
		fixture->store.answers[fixture->store.n_answers++] =
			(struct push_answer){.status = *statuses, .words = "words"};
	while (*statuses && *++statuses);
}

#define WILL_ANSWER(...) will_answer(fixture, (const int[]){__VA_ARGS__, 0})

static void start(struct fixture *fixture)
{
	fixture->spool = spool__new(fixture->directory, fixture->url->key, 4096);
	fixture->config.spool = fixture->spool;
	fixture->delivery = delivery__new(&fixture->config);
	assert_non_null(fixture->delivery);
}

static void end(struct fixture *fixture)
{
	delivery__finish(fixture->delivery);
	delivery__free(fixture->delivery);
	spool__free(fixture->spool);
	fixture->delivery = NULL;
	fixture->spool = NULL;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const char *why;

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	fixture->directory = scratch__path(fixture->scratch, "spool");
	assert_int_equal(push_url__parse("http://me:secret@store:4040/", &fixture->url, &why), 0);
	fixture->now_ns = 1000 * SECOND;
	fixture->config = (struct delivery_config){
		.url = fixture->url,
		.transport = {.post = post, .context = &fixture->store},
		.directory = fixture->directory,
		.diag = &fixture->scratch->diag,
		.seed = 42,
	};
	start(fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	assert_null(strstr(scratch__said(fixture->scratch), "secret"));
	delivery__free(fixture->delivery);
	spool__free(fixture->spool);
	push_url__free(fixture->url);
	free(fixture->directory);
	scratch__free(fixture->scratch);
	free(fixture);
	return 0;
}

static void add(struct fixture *fixture, const char *text)
{
	static uint64_t time_ns = 5 * SECOND;
	struct push_labels labels = {0};
	struct push_entry *entry;

	push_labels__set(&labels, PUSH_LABEL_SERVICE, "service");
	time_ns += SECOND;
	entry = push_entry__new(&labels, time_ns - SECOND, time_ns, (uint8_t *)strdup(text), strlen(text));
	assert_non_null(entry);
	delivery__add(fixture->delivery, entry);
}

static void try_now(struct fixture *fixture)
{
	const struct push_cancel cancel = {0};

	delivery__try(fixture->delivery, fixture->now_ns, &cancel);
}

/* Lets time pass and tries whenever an attempt is due, at most N times. */
static void go_on(struct fixture *fixture, size_t n)
{
	while (n--) {
		uint64_t due = delivery__due(fixture->delivery);

		if (due == DELIVERY_NEVER)
			return;
		if (due > fixture->now_ns)
			fixture->now_ns = due;
		try_now(fixture);
	}
}

static void assert_got(const struct fixture *fixture, const char *expected)
{
	char all[MAX_REQUESTS * 17] = "";

	for (size_t i = 0; i < fixture->store.n_got; i++) {
		strcat(all, i ? " " : "");
		strcat(all, fixture->store.got[i]);
	}
	assert_string_equal(all, expected);
}

static void assert_counts(const struct fixture *fixture, size_t delivered, size_t refused, size_t dropped, size_t lost)
{
	struct delivery_counts counts = delivery__counts(fixture->delivery);

	assert_int_equal(counts.delivered, delivered);
	assert_int_equal(counts.refused, refused);
	assert_int_equal(counts.dropped, dropped);
	assert_int_equal(counts.lost, lost);
}

/* How often TEXT occurs in the messages. */
static int times_said(struct fixture *fixture, const char *text)
{
	int n = 0;

	for (const char *at = scratch__said(fixture->scratch); (at = strstr(at, text)); at++)
		n++;
	return n;
}

static void what_is_taken_never_touches_the_disk(void **state)
{
	struct fixture *fixture = *state;

	WILL_ANSWER(200, 204);
	assert_true(delivery__due(fixture->delivery) == DELIVERY_NEVER);
	add(fixture, "a");
	add(fixture, "b");
	assert_int_equal(delivery__due(fixture->delivery), 0);
	go_on(fixture, 9);
	assert_got(fixture, "a b");
	assert_counts(fixture, 2, 0, 0, 0);
	assert_int_equal(access(fixture->directory, F_OK), -1);
	delivery__finish(fixture->delivery);
	assert_string_equal(scratch__said(fixture->scratch), "");
}

static void what_fails_is_tried_again_in_order(void **state)
{
	struct fixture *fixture = *state;

	WILL_ANSWER(500, 503, 200);
	add(fixture, "a");
	add(fixture, "b");
	go_on(fixture, 1);
	assert_int_equal(spool__count(fixture->spool), 2);
	add(fixture, "c");
	go_on(fixture, 9);
	assert_got(fixture, "a a a b c");
	assert_counts(fixture, 3, 0, 0, 0);
	assert_int_equal(spool__count(fixture->spool), 0);
	assert_int_equal(times_said(fixture, "cannot deliver to http://store:4040/ingest: it answers 500: words"), 1);
	assert_int_equal(times_said(fixture, "503"), 0);
	assert_int_equal(times_said(fixture, "takes profiles again"), 1);
}

/* No answer at all, and every status for which the profile is tried again. */
static void what_is_tried_again(void **state)
{
	struct fixture *fixture = *state;
	static const int statuses[] = {0, 100, 302, 408, 425, 429, 500, 501, 502, 504, 599};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		fixture->store = (struct store){.answers = {{.status = statuses[i]}, {.status = 200}}, .n_answers = 2};
		add(fixture, "a");
		go_on(fixture, 1);
		assert_int_equal(spool__count(fixture->spool), 1);
		go_on(fixture, 1);
		assert_got(fixture, "a a");
	}
	assert_counts(fixture, sizeof(statuses) / sizeof(*statuses), 0, 0, 0);
}

static void what_is_refused_is_dropped_and_counted(void **state)
{
	struct fixture *fixture = *state;

	WILL_ANSWER(400, 401, 403, 404, 413, 422, 499, 200);
	for (int i = 0; i < 8; i++)
		add(fixture, "a");
	go_on(fixture, 20);
	assert_int_equal(fixture->store.n_got, 8);
	assert_counts(fixture, 1, 7, 0, 0);
	assert_int_equal(times_said(fixture, "http://store:4040/ingest refuses a profile: it answers 400: words"), 1);
	assert_int_equal(times_said(fixture, "refuses"), 1);
	end(fixture);
	assert_said(fixture->scratch, "7 profiles were refused by http://store:4040/ingest and dropped");
}

static void delays_double_up_to_a_minute(void **state)
{
	struct fixture *fixture = *state;
	static const uint64_t longest[] = {2, 4, 8, 16, 32, 60, 60, 60};

	for (int round = 0; round < 2; round++) {
		uint64_t first = 0;
		bool vary = false;

		WILL_ANSWER(500, 500, 500, 500, 500, 500, 500, 500, 200);
		add(fixture, "a");
		for (size_t i = 0; i < sizeof(longest) / sizeof(*longest); i++) {
			uint64_t delay;

			go_on(fixture, 1);
			delay = delivery__due(fixture->delivery) - fixture->now_ns;
			assert_in_range(delay, longest[i] * SECOND / 2, longest[i] * SECOND);
			first = i ? first : delay;
			/* always exactly a factor of two would mean that the delay is not random */
			vary |= delay != first << i;
		}
		assert_true(vary);
		go_on(fixture, 1); /* this attempt succeeds, and the next failure begins with the first delay again */
	}
	assert_counts(fixture, 2, 0, 0, 0);
}

/* Senders that fail at the same time must come back at different times. */
static void delays_depend_on_the_seed(void **state)
{
	struct fixture *fixture = *state;
	uint64_t due[2];

	for (int i = 0; i < 2; i++) {
		end(fixture);
		fixture->config.seed = (uint64_t)i * 1000 + 77;
		start(fixture);
		WILL_ANSWER(500);
		add(fixture, "a");
		try_now(fixture);
		due[i] = delivery__due(fixture->delivery);
	}
	assert_int_not_equal(due[0], due[1]);
}

static void the_server_may_ask_for_a_longer_delay(void **state)
{
	struct fixture *fixture = *state;
	static const double asked[] = {17.5, 0.1, 3600};
	static const uint64_t least[] = {17500000000, SECOND, 60 * SECOND},
			      most[] = {17500000000, 4 * SECOND, 60 * SECOND};

	for (size_t i = 0; i < 3; i++) {
		fixture->store = (struct store){.answers = {{.status = 429, .wait_seconds = asked[i]}, {.status = 200}},
						.n_answers = 2};
		add(fixture, "a");
		go_on(fixture, 1);
		assert_in_range(delivery__due(fixture->delivery) - fixture->now_ns, least[i], most[i]);
		go_on(fixture, 1);
	}
	assert_counts(fixture, 3, 0, 0, 0);
}

static void hurry_ends_the_waiting(void **state)
{
	struct fixture *fixture = *state;

	WILL_ANSWER(500, 200);
	add(fixture, "a");
	try_now(fixture);
	assert_true(delivery__due(fixture->delivery) > fixture->now_ns);
	delivery__hurry(fixture->delivery);
	assert_int_equal(delivery__due(fixture->delivery), 0);
}

static void the_next_run_delivers_what_is_left(void **state)
{
	struct fixture *fixture = *state;

	WILL_ANSWER(500);
	add(fixture, "a");
	go_on(fixture, 3);
	add(fixture, "b"); /* still in memory at the end */
	end(fixture);
	assert_said(fixture->scratch, "2 profiles are not delivered to http://store:4040/ingest yet");

	start(fixture);
	WILL_ANSWER(200);
	assert_int_equal(delivery__due(fixture->delivery), 0);
	add(fixture, "c");
	go_on(fixture, 9);
	assert_got(fixture, "a b c");
	assert_counts(fixture, 3, 0, 0, 0);
}

static void beyond_the_spools_limit_the_oldest_go(void **state)
{
	struct fixture *fixture = *state;
	size_t n_left;

	WILL_ANSWER(0);
	for (int i = 0; i < 40; i++) {
		char name[12];

		snprintf(name, sizeof(name), "%d", i);
		add(fixture, name);
		try_now(fixture);
	}
	n_left = spool__count(fixture->spool);
	assert_in_range(n_left, 5, 39);
	assert_counts(fixture, 0, 0, 40 - n_left, 0);
	assert_int_equal(times_said(fixture, "the oldest are dropped"), 1);

	WILL_ANSWER(200);
	go_on(fixture, 50);
	assert_int_equal(fixture->store.n_got, n_left);
	for (size_t i = 0; i < n_left; i++)
		assert_int_equal(atoi(fixture->store.got[i]), 40 - n_left + i);
	end(fixture);
	assert_int_equal(times_said(fixture, "dropped, because more were waiting"), 1);
}

static void without_a_spool_all_stays_in_memory(void **state)
{
	struct fixture *fixture = *state;
	char *file = scratch__write(fixture->scratch, "spool", "this is no directory", 0600);

	fixture->config.limit = 3;
	end(fixture);
	start(fixture);
	WILL_ANSWER(500, 500, 200);
	add(fixture, "a");
	go_on(fixture, 1);
	assert_int_equal(times_said(fixture, "cannot keep profiles in"), 1);
	add(fixture, "b");
	go_on(fixture, 1);
	add(fixture, "c");
	add(fixture, "d"); /* one too many: "a" is dropped */
	go_on(fixture, 9);
	assert_got(fixture, "a a b c d");
	assert_counts(fixture, 3, 0, 1, 0);
	WILL_ANSWER(500);
	add(fixture, "e");
	go_on(fixture, 1);
	assert_int_equal(times_said(fixture, "cannot keep profiles in"), 1);
	end(fixture);
	assert_said(fixture->scratch, "1 profile is lost: neither delivered to http://store:4040/ingest nor kept");
	free(file);
}

/* Changes a file in the spool to TEXT. */
static void spoil_one(const struct fixture *fixture, const char *text)
{
	DIR *dir = opendir(fixture->directory);
	struct dirent *entry;
	int fd = -1;

	assert_non_null(dir);
	while (fd < 0 && (entry = readdir(dir)))
		if (strstr(entry->d_name, ".push"))
			fd = openat(dirfd(dir), entry->d_name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	closedir(dir);
}

static void damaged_files_do_not_stop_the_others(void **state)
{
	struct fixture *fixture = *state;

	WILL_ANSWER(500);
	add(fixture, "a");
	try_now(fixture);
	spoil_one(fixture, "\x1b[31mnonsense");
	add(fixture, "b");
	try_now(fixture); /* drops the damaged file */
	try_now(fixture);
	WILL_ANSWER(200);
	go_on(fixture, 9);
	assert_got(fixture, "b");
	assert_int_equal(delivery__counts(fixture->delivery).damaged, 1);
	end(fixture);
	assert_said(fixture->scratch, "1 profile was damaged");
	assert_null(strchr(scratch__said(fixture->scratch), '\x1b'));
}

static void two_runs_deliver_everything_once(void **state)
{
	struct fixture *fixture = *state;
	struct spool *other = spool__new(fixture->directory, fixture->url->key, 4096);
	uint8_t *data;
	size_t size;

	WILL_ANSWER(500, 200);
	add(fixture, "a");
	try_now(fixture);
	spool__free(fixture->spool); /* releases the lock, which the other delivery then takes */
	delivery__free(fixture->delivery);
	start(fixture);
	assert_int_equal(spool__oldest(other, &data, &size), 0);
	free(data);

	add(fixture, "b");
	go_on(fixture, 5);
	assert_got(fixture, "a"); /* "b" must wait, because it comes after "a", which the other delivery is sending */
	assert_int_equal(spool__count(fixture->spool), 2);
	assert_in_range(delivery__due(fixture->delivery) - fixture->now_ns, SECOND, 2 * SECOND);
	spool__free(other);
	go_on(fixture, 5);
	assert_got(fixture, "a a b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_taken_never_touches_the_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_fails_is_tried_again_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_tried_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_refused_is_dropped_and_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(delays_double_up_to_a_minute, set_up, tear_down),
		cmocka_unit_test_setup_teardown(delays_depend_on_the_seed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_server_may_ask_for_a_longer_delay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hurry_ends_the_waiting, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_next_run_delivers_what_is_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(beyond_the_spools_limit_the_oldest_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_spool_all_stays_in_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damaged_files_do_not_stop_the_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_runs_deliver_everything_once, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
