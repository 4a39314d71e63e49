// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/push_http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/printable.h"
#include "base/version.h"

#define CONNECT_SECONDS 5
#define REQUEST_SECONDS 30
#define WORDS_SIZE	400 /* how much of an answer is kept for messages; the rest is read and dropped */
#define MASK		"***"

enum { SECRET_TOKEN, SECRET_PASSWORD, SECRET_USER, SECRET_BASIC, SECRETS };

struct push_http {
	CURL *curl;
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
		say(http, *http->error ? http->error : curl_easy_strerror(code), answer->words, sizeof(answer->words));
		return;
	}
	curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &wait_seconds);
	answer->status = (int)status;
	answer->wait_seconds = (double)wait_seconds;
	http->words[http->n_words] = '\0';
	say(http, http->words, answer->words, sizeof(answer->words));
}

static void post(void *context, const struct push_request *request, const struct push_cancel *cancel,
		 struct push_answer *answer)
{
	struct push_http *http = context;
	/* An empty value suppresses "Expect: 100-continue", for which curl would wait for an answer. */
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	CURLcode code = headers ? CURLE_OK : CURLE_OUT_OF_MEMORY;

	for (size_t i = 0; !code && request->headers[i]; i++)
		code = curl_slist_append(headers, request->headers[i]) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
	http->n_words = 0;
	*http->error = '\0';
	if (!code)
		code = curl_easy_setopt(http->curl, CURLOPT_URL, request->url);
	if (!code) {
		curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(http->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
		curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, request->body);
		curl_easy_setopt(http->curl, CURLOPT_XFERINFODATA, cancel);
		code = curl_easy_perform(http->curl);
	}
	read_answer(http, code, answer);
	curl_slist_free_all(headers);
}

static CURLcode set_credentials(struct push_http *http, const char *token)
{
	CURL *curl = http->curl;
	CURLcode code = CURLE_OK;

	if (token) {
		code = curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		return code ? code : curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token);
	}
	if (http->url->user || http->url->password) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		code = curl_easy_setopt(curl, CURLOPT_USERNAME, http->url->user ? http->url->user : "");
		if (!code)
			code = curl_easy_setopt(curl, CURLOPT_PASSWORD, http->url->password ? http->url->password : "");
	}
	return code;
}

static CURLcode set_up(struct push_http *http, const char *token)
{
	CURL *curl = http->curl;
	CURLcode code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");

	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); /* do not use signals: the main thread handles them */
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)REQUEST_SECONDS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, http);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->error);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_for_end);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_USERAGENT, "lprof-bpf/" LPROF_VERSION);
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
	if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
		free(http);
		return -ENOMEM;
	}
	http->curl = curl_easy_init();
	if (!http->curl || set_up(http, token))
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
	curl_easy_cleanup(http->curl);
	curl_global_cleanup();
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
