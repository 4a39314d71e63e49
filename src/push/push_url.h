/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push_url: the address of a store of profiles, as --push takes it. Pure.
 *
 *   http(s)://HOST[:PORT][/PREFIX]              Pyroscope: POST PREFIX/ingest
 *   parca+http(s)://HOST[:PORT][/PREFIX]        Parca: POST PREFIX/api/profiles/writeraw
 *   [parca+]http(s)://HOST[:PORT]/...profilestore...  a Connect service: POST that path, with /WriteRaw at its end
 *
 * A path that ends already in what would be added is taken as it is. USER:PASSWORD@ before HOST are the credentials;
 * ?service=NAME says what the profiles are called; the rest of the query is kept.
 */
#ifndef LPROF_PUSH_URL_H
#define LPROF_PUSH_URL_H

#include <stdint.h>

struct curl_library;

enum push_protocol { PUSH_PYROSCOPE, PUSH_PARCA, PUSH_CONNECT };

struct push_url {
	struct curl_library *curl; /* which has parsed it, and makes and sends the requests to it */
	enum push_protocol protocol;
	char *address;	/* of the requests: the path completed, without credentials and ?service= */
	char *shown;	/* for messages: without credentials and without the query, which may hold a secret as well */
	char *user;	/* decoded, or NULL */
	char *password; /* decoded, or NULL */
	char *service;	/* decoded, or NULL */
	uint64_t key;	/* stands for the destination (address and user, not the password) in names of files */
};

/*
 * Returns 0 and a URL owned by the caller, -ENOMEM, or -EINVAL with *why a static text that says what is wrong with
 * it, without quoting it: it may hold a password. -ELIBACC and *why as curl_library__load().
 */
int push_url__parse(const char *text, struct push_url **out, const char **why);

/* Gives a URL with a user and no password a copy of PASSWORD, as if it had been parsed with it. 0 or -ENOMEM. */
int push_url__set_password(struct push_url *url, const char *password);

void push_url__free(struct push_url *url); /* NULL is allowed */

#endif
