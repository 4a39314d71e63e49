// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/push_http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/version.h"
#include "push/curl_library.h"

#define CONNECT_SECONDS 5
#define REQUEST_SECONDS 30
#define WORDS_SIZE	400 /* how much of an answer is kept for messages; the rest is read and dropped */
#define MASK		"***"

enum { SECRET_TOKEN, SECRET_PASSWORD, SECRET_USER, SECRET_BASIC, SECRETS };

struct push_http {
	const struct curl_library *curl; /* the URL's */
	CURL *easy;
	const struct push_url *url;
	/* secrets to mask in messages, because a server may repeat them in its answer; NULL: not set */
	char *secrets[SECRETS];
	char words[WORDS_SIZE];
	size_t n_words;
	char error[CURL_ERROR_SIZE];
};

/* The write callback of curl: keeps the beginning of the answer's body. */
static size_t take_body(char *data, size_t size, size_t n, void *context)
{
	struct push_http *http = context;
	size_t room = sizeof(http->words) - 1 - http->n_words, length = size * n < room ? size * n : room;

	memcpy(http->words + http->n_words, data, length);
	http->n_words += length;
	return size * n;
}

static int ask_for_end(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	const struct push_cancel *cancel = context;

	(void)down_total;
	(void)down;
	(void)up_total;
	(void)up;
	return cancel->wanted(cancel->context);
}

/* Writes TEXT with all secrets masked. TEXT was chosen by the server. */
static void write_masked(const struct push_http *http, const char *text, FILE *out)
{
	while (*text) {
		size_t length = 0;

		for (int i = 0; i < SECRETS; i++) {
			size_t n = http->secrets[i] ? strlen(http->secrets[i]) : 0;

			if (n > length && !strncmp(text, http->secrets[i], n))
				length = n;
		}
		if (length)
			fputs(MASK, out);
		else
			fputc(*text, out);
		text += length + !length;
	}
}

/* Writes TEXT to WORDS in a form suitable for a message: on one line, printable, with secrets masked. */
static void say(const struct push_http *http, const char *text, char *words, size_t size)
{
	char *masked = NULL, *printable = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&masked, &length);

	*words = '\0';
	if (!out)
		return;
	write_masked(http, text, out);
	if (fclose(out)) {
		free(masked);
		return;
	}
	while (length && strchr(" \r\n\t", masked[length - 1]))
		masked[--length] = '\0';
	for (char *at = masked; *at; at++)
		if (strchr("\r\n\t", *at))
			*at = ' ';
	printable = printable__string(masked, PRINTABLE_KEEP_TAB);
	if (printable)
		snprintf(words, size, "%s", printable);
	free(printable);
	free(masked);
}

static void read_answer(struct push_http *http, CURLcode code, struct push_answer *answer)
{
	curl_off_t wait_seconds = 0;
	long status = 0;

	*answer = (struct push_answer){0};
	if (code == CURLE_ABORTED_BY_CALLBACK) {
		snprintf(answer->words, sizeof(answer->words), "no answer came before the end of profiling");
		return;
	}
	if (code) {
		say(http, *http->error ? http->error : http->curl->easy_strerror(code), answer->words,
		    sizeof(answer->words));
		return;
	}
	http->curl->easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	http->curl->easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &wait_seconds);
	answer->status = (int)status;
	answer->wait_seconds = (double)wait_seconds;
	http->words[http->n_words] = '\0';
	say(http, http->words, answer->words, sizeof(answer->words));
}

static void post(void *context, const struct push_request *request, const struct push_cancel *cancel,
		 struct push_answer *answer)
{
	struct push_http *http = context;
	const struct curl_library *curl = http->curl;
	/* Not "Expect: 100-continue", for whose answer curl would wait. */
	struct curl_slist *headers = curl->slist_append(NULL, "Expect:");
	CURLcode code = headers ? CURLE_OK : CURLE_OUT_OF_MEMORY;

	for (size_t i = 0; !code && request->headers[i]; i++)
		code = curl->slist_append(headers, request->headers[i]) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
	http->n_words = 0;
	*http->error = '\0';
	if (!code)
		code = curl->easy_setopt(http->easy, CURLOPT_URL, request->url);
	if (!code) {
		curl->easy_setopt(http->easy, CURLOPT_HTTPHEADER, headers);
		curl->easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
		curl->easy_setopt(http->easy, CURLOPT_POSTFIELDS, request->body);
		curl->easy_setopt(http->easy, CURLOPT_XFERINFODATA, cancel);
		code = curl->easy_perform(http->easy);
	}
	read_answer(http, code, answer);
	curl->slist_free_all(headers);
}

static CURLcode set_credentials(struct push_http *http, const char *token)
{
	const struct curl_library *curl = http->curl;
	CURLcode code = CURLE_OK;

	if (token) {
		code = curl->easy_setopt(http->easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		return code ? code : curl->easy_setopt(http->easy, CURLOPT_XOAUTH2_BEARER, token);
	}
	if (http->url->user || http->url->password) {
		curl->easy_setopt(http->easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		code = curl->easy_setopt(http->easy, CURLOPT_USERNAME, http->url->user ? http->url->user : "");
		if (!code)
			code = curl->easy_setopt(http->easy, CURLOPT_PASSWORD,
						 http->url->password ? http->url->password : "");
	}
	return code;
}

static CURLcode set_up(struct push_http *http, const char *token)
{
	const struct curl_library *curl = http->curl;
	CURLcode code = curl->easy_setopt(http->easy, CURLOPT_PROTOCOLS_STR, "http,https");

	curl->easy_setopt(http->easy, CURLOPT_NOSIGNAL, 1L); /* signals are for the main thread */
	curl->easy_setopt(http->easy, CURLOPT_POST, 1L);
	curl->easy_setopt(http->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl->easy_setopt(http->easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl->easy_setopt(http->easy, CURLOPT_TIMEOUT, (long)REQUEST_SECONDS);
	curl->easy_setopt(http->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl->easy_setopt(http->easy, CURLOPT_WRITEDATA, http);
	curl->easy_setopt(http->easy, CURLOPT_ERRORBUFFER, http->error);
	curl->easy_setopt(http->easy, CURLOPT_NOPROGRESS, 0L);
	curl->easy_setopt(http->easy, CURLOPT_XFERINFOFUNCTION, ask_for_end);
	if (!code)
		code = curl->easy_setopt(http->easy, CURLOPT_USERAGENT, "lprof-bpf/" LPROF_VERSION);
	return code ? code : set_credentials(http, token);
}

static char *copy_of(const char *text)
{
	return text && *text ? strdup(text) : NULL;
}

static int note_secrets(struct push_http *http, const char *token)
{
	const struct push_url *url = http->url;
	char *pair = NULL;

	http->secrets[SECRET_TOKEN] = copy_of(token);
	http->secrets[SECRET_PASSWORD] = copy_of(url->password);
	if (!url->password)
		http->secrets[SECRET_USER] = copy_of(url->user);
	if (!url->user && !url->password)
		return 0;
	if (asprintf(&pair, "%s:%s", url->user ? url->user : "", url->password ? url->password : "") < 0)
		return -ENOMEM;
	http->secrets[SECRET_BASIC] = push_request__base64(pair, strlen(pair));
	explicit_bzero(pair, strlen(pair));
	free(pair);
	return http->secrets[SECRET_BASIC] ? 0 : -ENOMEM;
}

int push_http__open(const struct push_url *url, const char *token, struct push_http **out)
{
	struct push_http *http = calloc(1, sizeof(*http));
	int err = 0;

	if (!http)
		return -ENOMEM;
	http->url = url;
	http->curl = url->curl;
	if (http->curl->global_init(CURL_GLOBAL_DEFAULT)) {
		free(http);
		return -ENOMEM;
	}
	http->easy = http->curl->easy_init();
	if (!http->easy || set_up(http, token))
		err = -ENOMEM;
	if (!err)
		err = note_secrets(http, token);
	if (err)
		push_http__close(http);
	else
		*out = http;
	return err;
}

void push_http__close(struct push_http *http)
{
	if (!http)
		return;
	http->curl->easy_cleanup(http->easy);
	http->curl->global_cleanup();
	for (int i = 0; i < SECRETS; i++) {
		if (http->secrets[i])
			explicit_bzero(http->secrets[i], strlen(http->secrets[i]));
		free(http->secrets[i]);
	}
	free(http);
}

struct push_transport push_http__transport(struct push_http *http)
{
	return (struct push_transport){.post = post, .context = http};
}
