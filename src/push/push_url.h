/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push_url: parses the address of a profile store, as given with --push. Pure.
 *
 *   http(s)://HOST[:PORT][/PREFIX]                    Pyroscope: POST PREFIX/ingest
 *   parca+http(s)://HOST[:PORT][/PREFIX]              Parca: POST PREFIX/api/profiles/writeraw
 *   [parca+]http(s)://HOST[:PORT]/...profilestore...  a Connect service: POST that path, followed by /WriteRaw
 *
 * A path that already ends in what would be added is used unchanged. Credentials are given as USER:PASSWORD@ before
 * HOST. ?service=NAME sets the name of the profiles in the store; the rest of the query is sent with the requests.
 */
#ifndef LPROF_PUSH_URL_H
#define LPROF_PUSH_URL_H

#include <stdint.h>

struct curl_library;

enum push_protocol { PUSH_PYROSCOPE, PUSH_PARCA, PUSH_CONNECT };

struct push_url {
	struct curl_library *curl; /* which has parsed it, and makes and sends the requests to it */
	enum push_protocol protocol;
	char *address;	/* for requests: with the completed path, without credentials and ?service= */
	char *shown;	/* for messages: without credentials and query, because a query may contain secrets, too */
	char *user;	/* decoded, or NULL */
	char *password; /* decoded, or NULL */
	char *service;	/* decoded, or NULL */
	uint64_t key;	/* hash of the destination (address and user, not the password), used in file names */
};

/*
 * Parses TEXT. Returns 0 and a URL owned by the caller, -ENOMEM, or -EINVAL. With -EINVAL, *why is a static text that
 * says what is wrong; it does not quote TEXT, which may contain a password.
 */
int push_url__parse(const char *text, struct push_url **out, const char **why);

/*
 * Sets the password of a URL that has a user and no password to a copy of PASSWORD, as if it had been part of the URL.
 * Returns 0 or -ENOMEM.
 */
int push_url__set_password(struct push_url *url, const char *password);

void push_url__free(struct push_url *url); /* NULL is allowed */

#endif
