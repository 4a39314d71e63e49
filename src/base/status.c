// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/status.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/printable.h"
#include "base/utf8.h"

#define PERIOD_NS  500000000
#define NARROWEST  20
#define MOST_BYTES 512

struct status {
	int fd;
	pthread_mutex_t lock; /* protects the fields below, and writing to FD */
	bool shown;
	/* Between status__begin() and status__end(), a thread shows the progress: */
	pthread_cond_t changed;
	pthread_t thread;
	bool running; /* THREAD has been started */
	char *what;
	uint64_t began_ns;
	bool ended;
};

struct status *status__open(FILE *stream)
{
	const char *term = getenv("TERM");
	struct status *status;

	if (!isatty(fileno(stream)) || !term || !strcmp(term, "dumb"))
		return NULL;
	status = calloc(1, sizeof(*status));
	if (!status)
		return NULL;
	status->fd = fileno(stream);
	pthread_mutex_init(&status->lock, NULL);
	clock__init_condition(&status->changed);
	return status;
}

/* Whether another job is in the foreground of the terminal; its output must not be disturbed. */
static bool in_background(const struct status *status)
{
	pid_t foreground = tcgetpgrp(status->fd);

	return foreground > 0 && foreground != getpgrp();
}

/*
 * The number of bytes of TEXT that fit on one line of the terminal. A line that wraps could not be rewritten in place.
 */
static size_t fitting(const struct status *status, const char *text)
{
	struct winsize size;
	size_t len = strlen(text), columns = 80;

	if (!ioctl(status->fd, TIOCGWINSZ, &size) && size.ws_col >= NARROWEST)
		columns = size.ws_col;
	if (len < columns)
		return len;
	len = columns - 1;
	while (len && utf8__continues(text[len]))
		len--;
	return len;
}

/*
 * Called with the lock held. The new text is written over the old one and only the rest of the line is cleared after
 * it, which avoids flicker.
 */
static void draw(struct status *status, const char *text)
{
	char line[MOST_BYTES + 16];
	int len = snprintf(line, sizeof(line), "\r%.*s\033[K", (int)fitting(status, text), text);

	if (in_background(status) || write(status->fd, line, (size_t)len) != len)
		return;
	status->shown = true;
}

void status__show(struct status *status, const char *format, ...)
{
	char text[MOST_BYTES];
	va_list args;

	if (!status)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	pthread_mutex_lock(&status->lock);
	draw(status, text);
	pthread_mutex_unlock(&status->lock);
}

static void erase(struct status *status)
{
	static const char clear[] = "\r\033[K";

	if (status->shown && write(status->fd, clear, sizeof(clear) - 1) > 0)
		status->shown = false;
}

void status__erase(struct status *status)
{
	if (!status)
		return;
	pthread_mutex_lock(&status->lock);
	erase(status);
	pthread_mutex_unlock(&status->lock);
}

static void *show_progress(void *argument)
{
	struct status *status = argument;
	uint64_t next_ns = status->began_ns;

	pthread_mutex_lock(&status->lock);
	while (!status->ended) {
		char text[MOST_BYTES];

		next_ns += PERIOD_NS;
		while (!status->ended && !clock__wait(&status->changed, &status->lock, next_ns))
			;
		if (status->ended)
			break;
		snprintf(text, sizeof(text), "%s (%llu s)", status->what,
			 (unsigned long long)((next_ns - status->began_ns) / CLOCK_SECOND_NS));
		draw(status, text);
	}
	erase(status);
	pthread_mutex_unlock(&status->lock);
	return NULL;
}

void status__begin(struct status *status, const char *what)
{
	if (!status || status->running)
		return;
	status->began_ns = clock__monotonic_ns();
	status->ended = false;
	status->what = printable__string(what, PRINTABLE_KEEP_TAB);
	if (!status->what)
		return;
	status->running = !pthread_create(&status->thread, NULL, show_progress, status);
	if (status->running)
		return;
	free(status->what);
	status->what = NULL;
}

void status__end(struct status *status)
{
	if (!status || !status->running)
		return;
	pthread_mutex_lock(&status->lock);
	status->ended = true;
	pthread_cond_signal(&status->changed);
	pthread_mutex_unlock(&status->lock);
	pthread_join(status->thread, NULL);
	status->running = false;
	free(status->what);
	status->what = NULL;
}

void status__close(struct status *status)
{
	if (!status)
		return;
	status__end(status);
	status__erase(status);
	pthread_cond_destroy(&status->changed);
	pthread_mutex_destroy(&status->lock);
	free(status);
}
