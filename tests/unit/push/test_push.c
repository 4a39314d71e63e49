// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, requests, the format on disk, and the thread, with a function as the store. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "push/push.h"
#include "push/push_request.h"
#include "unit/scratch.h"

static struct push_url *parsed(const char *text)
{
	struct push_url *url = NULL;
	const char *why;

	assert_int_equal(push_url__parse(text, &url, &why), 0);
	return url;
}

static void addresses(void **state)
{
	static const struct {
		const char *text;
		enum push_protocol protocol;
		const char *address;
	} cases[] = {
		{"http://h", PUSH_PYROSCOPE, "http://h/ingest"},
		{"http://h:4040/", PUSH_PYROSCOPE, "http://h:4040/ingest"},
		{"https://h:4040/pyroscope", PUSH_PYROSCOPE, "https://h:4040/pyroscope/ingest"},
		{"https://h/pyroscope//", PUSH_PYROSCOPE, "https://h/pyroscope/ingest"},
		{"http://h/pyroscope/ingest", PUSH_PYROSCOPE, "http://h/pyroscope/ingest"},
		{"http://[::1]:4040/ingest/", PUSH_PYROSCOPE, "http://[::1]:4040/ingest"},
		{"HTTP://h/x?a=1&service=s&b=2#part", PUSH_PYROSCOPE, "http://h/x/ingest?a=1&b=2"},
		{"http://h?service=s", PUSH_PYROSCOPE, "http://h/ingest"},
		{"http://h?services=s", PUSH_PYROSCOPE, "http://h/ingest?services=s"},
		{"parca+http://h:7070", PUSH_PARCA, "http://h:7070/api/profiles/writeraw"},
		{"parca+https://h/parca/", PUSH_PARCA, "https://h/parca/api/profiles/writeraw"},
		{"parca+http://h/api/profiles/writeraw", PUSH_PARCA, "http://h/api/profiles/writeraw"},
		{"http://h/parca.profilestore.v1alpha1.ProfileStoreService", PUSH_CONNECT,
		 "http://h/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw"},
		{"parca+http://h/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw", PUSH_CONNECT,
		 "http://h/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct push_url *url = parsed(cases[i].text);

		assert_string_equal(url->address, cases[i].address);
		assert_int_equal(url->protocol, cases[i].protocol);
		push_url__free(url);
	}
}

static void credentials_are_in_no_address(void **state)
{
	struct push_url *url = parsed("https://u%40x:p%2Fw%20d@h/x?token=t0ken&service=my%20app");

	(void)state;
	assert_string_equal(url->user, "u@x");
	assert_string_equal(url->password, "p/w d");
	assert_string_equal(url->service, "my app");
	assert_string_equal(url->address, "https://h/x/ingest?token=t0ken");
	assert_string_equal(url->shown, "https://h/x/ingest");
	push_url__free(url);
	url = parsed("http://h");
	assert_null(url->user);
	assert_null(url->password);
	assert_null(url->service);
	push_url__free(url);
}

static void what_is_no_address_is_refused_unquoted(void **state)
{
	static const char *const texts[] = {"",
					    "h:4040",
					    "ftp://u:secret@h",
					    "file:///secret",
					    "http://",
					    "parca+ftp://secret",
					    "parca+",
					    "http://u:secret@h:99999",
					    "http://h:secret",
					    "http://u:secret@",
					    "http://secret\x1b/",
					    "http://sec ret/"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct push_url *url = NULL;
		const char *why = NULL;

		assert_int_equal(push_url__parse(texts[i], &url, &why), -EINVAL);
		assert_null(url);
		assert_non_null(why);
		assert_null(strstr(why, "secret"));
	}
}

static void keys_tell_destinations_apart(void **state)
{
	static const char *const same[] = {"http://u:one@h/x", "http://u:two@h/x/",
					   "http://u:three@h/x/ingest?service=s"};
	static const char *const others[] = {"http://h/x",	 "http://v:one@h/x",	"https://u:one@h/x",
					     "http://u:one@h/y", "http://u:one@h:81/x", "http://u:one@h/x?a=b"};
	struct push_url *first = parsed(same[0]);

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		struct push_url *url = parsed(same[i]);

		assert_true(url->key == first->key);
		push_url__free(url);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct push_url *url = parsed(others[i]);

		assert_true(url->key != first->key);
		push_url__free(url);
	}
	push_url__free(first);
}

static void a_password_may_come_later(void **state)
{
	struct push_url *whole = parsed("http://u:one@h/x"), *later = parsed("http://u@h/x");

	(void)state;
	assert_true(whole->key != later->key);
	assert_int_equal(push_url__set_password(later, "one"), 0);
	assert_string_equal(later->password, "one");
	assert_true(whole->key == later->key);
	push_url__free(whole);
	push_url__free(later);
}

static struct push_entry *entry_of(const char *service, const void *data, size_t size)
{
	struct push_labels labels = {0};
	struct push_entry *entry;
	uint8_t *copy = malloc(size + 1);

	assert_non_null(copy);
	memcpy(copy, data, size);
	push_labels__set(&labels, PUSH_LABEL_SERVICE, service);
	push_labels__set(&labels, PUSH_LABEL_PID, "12");
	push_labels__set(&labels, PUSH_LABEL_CLOCK, "wall");
	entry = push_entry__new(&labels, 1700000000123456789, 1700000010123456789, copy, size);
	assert_non_null(entry);
	return entry;
}

static void labels_hold_nothing_that_ends_them(void **state)
{
	struct push_labels labels = {0};
	char longer[PUSH_LABEL_SIZE + 50];

	(void)state;
	push_labels__set(&labels, PUSH_LABEL_SERVICE, "a-b.c/d_E9 {x=y,z}\n\x1b\"\xc3\xa4");
	assert_string_equal(labels.values[PUSH_LABEL_SERVICE], "a-b.c/d_E9__x_y_z______");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	push_labels__set(&labels, PUSH_LABEL_HOSTNAME, longer);
	assert_int_equal(strlen(labels.values[PUSH_LABEL_HOSTNAME]), PUSH_LABEL_SIZE - 1);
}

static void a_request_to_pyroscope(void **state)
{
	struct push_url *url = parsed("http://u:p@h:4040?tenant=7");
	struct push_entry *entry = entry_of("my app", "\x1f\x8b\0x", 4);
	struct push_request request;

	(void)state;
	assert_int_equal(push_request__make(url, entry, &request), 0);
	assert_string_equal(request.url, "http://h:4040/ingest?tenant=7&name=my_app%7Bpid%3D12%2Cclock%3Dwall%7D&"
					 "from=1700000000123456789&until=1700000010123456789&format=pprof&"
					 "spyName=lprof-bpf");
	assert_int_equal(request.size, 4);
	assert_memory_equal(request.body, "\x1f\x8b\0x", 4);
	assert_string_equal(request.headers[0], "Content-Type: binary/octet-stream");
	push_request__clear(&request);
	push_entry__free(entry);
	push_url__free(url);
}

static void a_request_from_a_container(void **state)
{
	struct push_url *url = parsed("http://h:4040");
	struct push_entry *entry = entry_of("app", "", 0);
	struct push_request request;

	(void)state;
	push_labels__set(&entry->labels, PUSH_LABEL_CGROUP, "/lxc.payload.a b/getty@tty1.service");
	push_labels__set(&entry->labels, PUSH_LABEL_CONTAINER, "a b");
	push_labels__set(&entry->labels, PUSH_LABEL_POD, "1-2");
	push_labels__set(&entry->labels, PUSH_LABEL_UNIT, "getty@tty1.service");
	assert_int_equal(push_request__make(url, entry, &request), 0);
	assert_non_null(strstr(request.url, "%2Cclock%3Dwall%2Ccgroup%3D%2Flxc.payload.a_b%2Fgetty_tty1.service%2C"
					    "container%3Da_b%2Cpod%3D1-2%2Cunit%3Dgetty_tty1.service%7D&"));
	push_request__clear(&request);
	push_entry__free(entry);
	push_url__free(url);
}

static void a_request_to_parca(void **state)
{
	static const char *const texts[] = {"parca+http://u:p@h:7070", "http://h/x.profilestore.y/WriteRaw"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct push_url *url = parsed(texts[i]);
		struct push_entry *entry = entry_of("app", "\x1f\x8b\0x", 4);
		struct push_request request;
		const char *profile, *names[4], *values[4];
		json_t *root;
		int normalized;

		assert_int_equal(push_request__make(url, entry, &request), 0);
		assert_string_equal(request.url, url->address);
		assert_string_equal(request.headers[0], "Content-Type: application/json");
		assert_string_equal(request.headers[1], "Connect-Protocol-Version: 1");
		root = json_loadb(request.body, request.size, 0, NULL);
		assert_non_null(root);
		assert_int_equal(
			json_unpack(root, "{s:[{s:{s:[{s:s,s:s},{s:s,s:s},{s:s,s:s},{s:s,s:s}!]},s:[{s:s}!]!}!],s:b!}",
				    "series", "labels", "labels", "name", &names[0], "value", &values[0], "name",
				    &names[1], "value", &values[1], "name", &names[2], "value", &values[2], "name",
				    &names[3], "value", &values[3], "samples", "rawProfile", &profile, "normalized",
				    &normalized),
			0);
		assert_string_equal(names[0], "__name__");
		assert_string_equal(values[0], "lprof_bpf");
		assert_string_equal(names[1], "service_name");
		assert_string_equal(values[1], "app");
		assert_string_equal(names[2], "pid");
		assert_string_equal(values[2], "12");
		assert_string_equal(names[3], "clock");
		assert_string_equal(profile, "H4sAeA==");
		json_decref(root);
		push_request__clear(&request);
		push_entry__free(entry);
		push_url__free(url);
	}
}

/* The test vectors of RFC 4648, and bytes with each bit set. */
static void base64(void **state)
{
	static const char *const vectors[][2] = {{"", ""},
						 {"f", "Zg=="},
						 {"fo", "Zm8="},
						 {"foo", "Zm9v"},
						 {"foob", "Zm9vYg=="},
						 {"fooba", "Zm9vYmE="},
						 {"foobar", "Zm9vYmFy"},
						 {"\xfb\xff\xfe", "+//+"}};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		char *text = push_request__base64(vectors[i][0], strlen(vectors[i][0]));

		assert_string_equal(text, vectors[i][1]);
		free(text);
	}
}

static void entries_survive_the_disk(void **state)
{
	static const char *const contents[] = {"", "{\"a\":1}\n\n", "\x1f\x8b\n\n"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct push_entry *entry = entry_of("app", contents[i], strlen(contents[i])), *copy = NULL;
		uint8_t *packed;
		size_t size;

		assert_int_equal(push_entry__pack(entry, &packed, &size), 0);
		assert_int_equal(push_entry__unpack(packed, size, &copy), 0);
		assert_memory_equal(&copy->labels, &entry->labels, sizeof(copy->labels));
		assert_true(copy->begin_ns == entry->begin_ns);
		assert_true(copy->end_ns == entry->end_ns);
		assert_int_equal(copy->size, entry->size);
		assert_memory_equal(copy->data, entry->data, entry->size);
		push_entry__free(copy);

		/* wherever the entry is cut off, it must be refused */
		for (size_t length = 0; length < size; length++)
			assert_int_equal(push_entry__unpack(packed, length, &copy), -EBADMSG);
		free(packed);
		push_entry__free(entry);
	}
}

static void strange_files_are_no_entries(void **state)
{
#define HEAD(format, version, begin, size)                                                                             \
	"{\"format\":\"" format "\",\"version\":" version ",\"begin_ns\":" begin ",\"end_ns\":2,\"size\":" size        \
	",\"labels\":{}}\n"
	static const char *const files[] = {
		"\n",
		"{}\n",
		"[]\nx",
		HEAD("lprof-bpf push", "2", "1", "0"),
		HEAD("other", "1", "1", "0"),
		HEAD("lprof-bpf push", "1", "1", "-1"),
		HEAD("lprof-bpf push", "1", "1", "1"),
		HEAD("lprof-bpf push", "1", "\"1\"", "0"),
	};
	const char *fine = "{\"format\":\"lprof-bpf push\",\"version\":1,\"begin_ns\":1,\"end_ns\":2,\"size\":1,"
			   "\"labels\":{\"service_name\":\"a{b\\n\",\"pid\":7}}\nx";
	struct push_entry *entry = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		assert_int_equal(push_entry__unpack((const uint8_t *)files[i], strlen(files[i]), &entry), -EBADMSG);
	assert_int_equal(push_entry__unpack((const uint8_t *)HEAD("lprof-bpf push", "1", "1", "0"),
					    strlen(HEAD("lprof-bpf push", "1", "1", "0")), &entry),
			 0);
	push_entry__free(entry);
	/* labels are made safe again when an entry is read, because somebody else may have written it */
	assert_int_equal(push_entry__unpack((const uint8_t *)fine, strlen(fine), &entry), 0);
	assert_string_equal(entry->labels.values[PUSH_LABEL_SERVICE], "a_b_");
	assert_string_equal(entry->labels.values[PUSH_LABEL_PID], "");
	push_entry__free(entry);
}

/* A store that a test can stop or slow down. */
struct store {
	pthread_mutex_t mutex;
	int status;
	bool stuck; /* it does not answer until the request is cancelled */
	char got[256];
	bool signals_blocked;
};

static void post(void *context, const struct push_request *request, const struct push_cancel *cancel,
		 struct push_answer *answer)
{
	const struct timespec moment = {.tv_nsec = 5000000};
	struct store *store = context;
	sigset_t mask;
	bool stuck;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	pthread_mutex_lock(&store->mutex);
	store->signals_blocked = sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM);
	answer->status = store->status;
	if (store->status == 200)
		strncat(store->got, request->body, request->size);
	stuck = store->stuck;
	pthread_mutex_unlock(&store->mutex);
	while (stuck && !cancel->wanted(cancel->context))
		nanosleep(&moment, NULL);
	if (stuck)
		answer->status = 0;
}

struct running {
	struct scratch *scratch;
	char *directory;
	struct push_url *url;
	struct push_labels labels;
	struct store store;
	struct push *push;
};

static void open_push(struct running *running)
{
	const struct push_config config = {
		.url = running->url,
		.labels = &running->labels,
		.spool = running->directory,
		.transport = {.post = post, .context = &running->store},
		.diag = &running->scratch->diag,
	};

	assert_int_equal(push__open(&config, &running->push), 0);
}

static int set_up(void **state)
{
	struct running *running = calloc(1, sizeof(*running));

	assert_non_null(running);
	running->scratch = scratch__new();
	running->directory = scratch__path(running->scratch, "spool");
	running->url = parsed("http://h");
	pthread_mutex_init(&running->store.mutex, NULL);
	running->store.status = 200;
	open_push(running);
	*state = running;
	return 0;
}

static int tear_down(void **state)
{
	struct running *running = *state;

	push__close(running->push);
	pthread_mutex_destroy(&running->store.mutex);
	push_url__free(running->url);
	free(running->directory);
	scratch__free(running->scratch);
	free(running);
	return 0;
}

static void add(struct running *running, const char *text)
{
	assert_int_equal(push__add(running->push, (uint8_t *)strdup(text), strlen(text), 1, 2), 0);
}

static void close_push(struct running *running)
{
	push__close(running->push);
	running->push = NULL;
}

static void the_thread_delivers_in_order(void **state)
{
	struct running *running = *state;

	add(running, "a");
	add(running, "b");
	add(running, "c");
	close_push(running);
	assert_string_equal(running->store.got, "abc");
	assert_true(running->store.signals_blocked);
	assert_string_equal(scratch__said(running->scratch), "");
}

static void adding_waits_for_no_store(void **state)
{
	struct running *running = *state;
	uint64_t before = clock__monotonic_ns();
	sigset_t terminate;

	running->store.stuck = true;
	for (int i = 0; i < 1000; i++)
		add(running, "x");
	assert_true(clock__ms_since(before) < 1000);
	/* somebody is in a hurry: what cannot be delivered is left in the spool */
	kill(getpid(), SIGTERM);
	before = clock__monotonic_ns();
	close_push(running);
	assert_true(clock__ms_since(before) < 4500);
	assert_said(running->scratch, "1000 profiles are not delivered");
	sigemptyset(&terminate);
	sigaddset(&terminate, SIGTERM);
	assert_int_equal(sigwaitinfo(&terminate, NULL), SIGTERM);
}

/* The store recovers while push__close() still delivers. */
static void the_end_waits_a_little(void **state)
{
	struct running *running = *state;
	uint64_t before = clock__monotonic_ns();
	double took;

	running->store.status = 500;
	add(running, "a");
	close_push(running);
	took = clock__ms_since(before);
	assert_true(took > 1000 * (PUSH_FAREWELL_SECONDS - 0.5) && took < 1000 * (PUSH_FAREWELL_SECONDS + 1));
	assert_said(running->scratch, "1 profile is not delivered");

	/* the next run delivers at once what is left, before newer profiles */
	running->store.status = 200;
	open_push(running);
	add(running, "b");
	before = clock__monotonic_ns();
	close_push(running);
	assert_true(clock__ms_since(before) < 1000);
	assert_string_equal(running->store.got, "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(credentials_are_in_no_address),
		cmocka_unit_test(what_is_no_address_is_refused_unquoted),
		cmocka_unit_test(keys_tell_destinations_apart),
		cmocka_unit_test(a_password_may_come_later),
		cmocka_unit_test(labels_hold_nothing_that_ends_them),
		cmocka_unit_test(a_request_to_pyroscope),
		cmocka_unit_test(a_request_from_a_container),
		cmocka_unit_test(a_request_to_parca),
		cmocka_unit_test(base64),
		cmocka_unit_test(entries_survive_the_disk),
		cmocka_unit_test(strange_files_are_no_entries),
		cmocka_unit_test_setup_teardown(the_thread_delivers_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_end_waits_a_little, set_up, tear_down),
		cmocka_unit_test_setup_teardown(adding_waits_for_no_store, set_up, tear_down),
	};
	sigset_t mask;

	/* Signals are blocked as in a profiling run, so that they stay pending. */
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
