// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * curses keeps its state in global variables, so there can be only one terminal at a time. A signal handler can find
 * its data only in a static variable: that is the one below.
 */
#define NCURSES_WIDECHAR 1 /* ask for the wide-character functions, whatever the system's default is */
#include "terminal/terminal.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "terminal/color.h"

#define ESCAPE_MS 50 /* how long to wait after Esc for the rest of an escape sequence of a key */

/*
 * Signals for which curses installs handlers that end the program. Ours must stay in effect: this program reads these
 * signals from a descriptor and ends in order.
 */
static const int taken_by_curses[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
/* Signals that end this program at once. */
static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGQUIT};

#define N_OF(array) (sizeof(array) / sizeof(*(array)))

struct terminal {
	FILE *in, *out;
	SCREEN *screen;
	bool color;
	int rows, cols; /* as curses knows the size */
	struct sigaction curses_actions[N_OF(taken_by_curses)];
	struct sigaction deadly_actions[N_OF(deadly)];
};

/* Everything needed to restore the terminal from a signal handler. */
static struct {
	int fd;
	struct termios mode;
	char bytes[256];
	size_t size;
} rescue;

static void give_back_and_die(int signal)
{
	ssize_t ignored = write(rescue.fd, rescue.bytes, rescue.size);

	(void)ignored;
	tcsetattr(rescue.fd, TCSANOW, &rescue.mode);
	/*
	 * SA_RESETHAND has removed this handler. The signal is blocked until the handler returns, and then ends the
	 * program.
	 */
	raise(signal);
}

static int add_byte(int c)
{
	if (rescue.size < sizeof(rescue.bytes))
		rescue.bytes[rescue.size++] = (char)c;
	return c;
}

/* The string of the terminal's capability NAME (see terminfo(5)), or NULL. */
static const char *capability(const char *name)
{
	const char *text = tigetstr(name);

	return (intptr_t)text == -1 ? NULL : text;
}

static void add_capability(const char *name)
{
	const char *text = capability(name);

	if (text)
		tputs(text, 1, add_byte);
}

static void prepare_rescue(int fd, const struct termios *mode, int rows)
{
	static const char *const capabilities[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
	const char *move = capability("cup");

	rescue.fd = fd;
	rescue.mode = *mode;
	rescue.size = 0;
	if (move)
		tputs(tparm(move, rows - 1, 0, 0, 0, 0, 0, 0, 0, 0), 1, add_byte);
	for (size_t i = 0; i < N_OF(capabilities); i++)
		add_capability(capabilities[i]);
	add_byte('\r');
	add_byte('\n');
}

static void arm_rescue(struct terminal *terminal)
{
	struct sigaction action = {.sa_handler = give_back_and_die, .sa_flags = (int)SA_RESETHAND};

	for (size_t i = 0; i < N_OF(deadly); i++)
		sigaction(deadly[i], &action, &terminal->deadly_actions[i]);
}

static void disarm_rescue(const struct terminal *terminal)
{
	for (size_t i = 0; i < N_OF(deadly); i++)
		sigaction(deadly[i], &terminal->deadly_actions[i], NULL);
}

/* Returns a new descriptor of the terminal, or -errno. */
static int open_device(void)
{
	int fd;

	if (!isatty(STDOUT_FILENO)) {
		fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
		return fd < 0 ? -errno : fd;
	}
	fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd < 0 ? -errno : fd;
}

/*
 * Checks that TERM names a known terminal that can move its cursor. Its description is loaded for this, and released
 * again.
 */
static int check_kind(int fd, const struct diag *diag)
{
	const char *term = getenv("TERM");
	int found, err = setupterm(NULL, fd, &found) == OK ? 0 : -ENOTTY;
	bool moves = !err && capability("cup");

	if (err)
		diag__error(diag,
			    "--top does not know the terminal TERM=%s; set TERM to one that it is like, such as vt100",
			    term ? term : "");
	else if (!moves)
		diag__error(diag, "--top cannot move the cursor of a terminal TERM=%s; leave it out, or set TERM",
			    term ? term : "");
	if (!moves)
		err = -ENOTTY;
	if (cur_term)
		del_curterm(cur_term);
	return err;
}

static int silence_input(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

int terminal__claim(bool has_command, const struct diag *diag)
{
	int fd, err;

	if (has_command && (isatty(STDOUT_FILENO) || isatty(STDERR_FILENO))) {
		diag__error(diag, "--top and COMMAND cannot both write to the terminal; redirect what COMMAND writes, "
				  "as in: lprof-bpf --top -f FUNC -o profile.txt -- COMMAND >out 2>&1");
		return -EBUSY;
	}
	fd = open_device();
	if (fd < 0) {
		diag__error(diag,
			    "--top needs a terminal, and neither standard output nor /dev/tty is one; leave it out");
		return -ENOTTY;
	}
	err = check_kind(fd, diag);
	close(fd);
	return !err && has_command && isatty(STDIN_FILENO) ? silence_input() : err;
}

static int open_streams(struct terminal *terminal)
{
	int out = open_device(), in = out < 0 ? -1 : fcntl(out, F_DUPFD_CLOEXEC, 0);

	if (out < 0)
		return out;
	terminal->out = fdopen(out, "w");
	terminal->in = in < 0 ? NULL : fdopen(in, "r");
	if (!terminal->out)
		close(out);
	if (in >= 0 && !terminal->in)
		close(in);
	return terminal->out && terminal->in ? 0 : -EMFILE;
}

static void set_modes(enum color_when when, struct terminal *terminal)
{
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	terminal->color = has_colors() && color__wanted(when, fileno(terminal->out)) && start_color() == OK;
	if (!terminal->color)
		return;
	use_default_colors();
	init_pair(HEAT_MILD, COLOR_GREEN, -1);
	init_pair(HEAT_WARM, COLOR_YELLOW, -1);
	init_pair(HEAT_HOT, COLOR_RED, -1);
}

static void release(struct terminal *terminal)
{
	if (terminal->out)
		fclose(terminal->out);
	if (terminal->in)
		fclose(terminal->in);
	free(terminal);
}

static int take_screen(struct terminal *terminal, enum color_when color)
{
	struct termios mode;

	if (tcgetattr(fileno(terminal->in), &mode))
		return -errno;
	for (size_t i = 0; i < N_OF(taken_by_curses); i++)
		sigaction(taken_by_curses[i], NULL, &terminal->curses_actions[i]);
	/* The locale determines which characters exist and how wide they are. */
	setlocale(LC_CTYPE, "");
	terminal->screen = newterm(NULL, terminal->out, terminal->in);
	if (!terminal->screen)
		return -ENOTTY;
	getmaxyx(stdscr, terminal->rows, terminal->cols);
	prepare_rescue(fileno(terminal->out), &mode, terminal->rows);
	arm_rescue(terminal);
	set_modes(color, terminal);
	return 0;
}

int terminal__open(enum color_when color, const struct diag *diag, struct terminal **out)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));
	int err;

	if (!terminal)
		return -ENOMEM;
	err = open_streams(terminal);
	if (!err)
		err = take_screen(terminal, color);
	if (err) {
		diag__failure(diag, err, "cannot take the terminal for --top");
		release(terminal);
		return err;
	}
	*out = terminal;
	return 0;
}

int terminal__fd(const struct terminal *terminal)
{
	return fileno(terminal->in);
}

int terminal__key(struct terminal *terminal)
{
	int key;

	(void)terminal;
	do
		key = getch();
	while (key == KEY_RESIZE);
	return key == ERR ? -1 : key;
}

void terminal__size(struct terminal *terminal, int *rows, int *cols)
{
	struct winsize size;

	if (!ioctl(fileno(terminal->out), TIOCGWINSZ, &size) && size.ws_row && size.ws_col &&
	    (size.ws_row != terminal->rows || size.ws_col != terminal->cols)) {
		terminal->rows = size.ws_row;
		terminal->cols = size.ws_col;
		resize_term(terminal->rows, terminal->cols);
		terminal__redraw(terminal);
	}
	*rows = terminal->rows;
	*cols = terminal->cols;
}

static attr_t attributes_of(const struct terminal *terminal, unsigned ink)
{
	unsigned heat = ink & INK_HEAT;
	attr_t attributes = 0;

	if (ink & INK_BOLD || heat == HEAT_HOT)
		attributes |= A_BOLD;
	if (ink & INK_FAINT && terminal->color)
		attributes |= A_DIM;
	if (ink & INK_REVERSE)
		attributes |= A_REVERSE;
	return attributes;
}

void terminal__draw(struct terminal *terminal, const struct cells *cells)
{
	for (int row = 0; row < cells->rows && row < terminal->rows; row++) {
		for (int col = 0; col < cells->cols && col < terminal->cols; col++) {
			const struct cell *cell = &cells->at[(size_t)row * (size_t)cells->cols + (size_t)col];
			short pair = terminal->color ? (short)(cell->ink & INK_HEAT) : 0;
			cchar_t drawn;

			if (cell->text[0] &&
			    setcchar(&drawn, cell->text, attributes_of(terminal, cell->ink), pair, NULL) == OK)
				mvadd_wch(row, col, &drawn);
		}
	}
	refresh();
}

void terminal__redraw(struct terminal *terminal)
{
	(void)terminal;
	clearok(stdscr, TRUE);
}

void terminal__close(struct terminal *terminal)
{
	if (!terminal)
		return;
	endwin();
	disarm_rescue(terminal);
	for (size_t i = 0; i < N_OF(taken_by_curses); i++)
		sigaction(taken_by_curses[i], &terminal->curses_actions[i], NULL);
	delscreen(terminal->screen);
	release(terminal);
}

void terminal__note(const struct diag *diag, const char *text)
{
	FILE *stream = fopen("/dev/tty", "we");
	struct diag there = *diag;

	if (!stream)
		return;
	there.stream = stream;
	there.status = NULL;
	diag__note(&there, "%s", text);
	fclose(stream);
}
