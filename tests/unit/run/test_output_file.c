// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/output_file.h"
#include "unit/scratch.h"

#define OLD "what was there before"

static int setup(void **state)
{
	*state = scratch__new();
	return 0;
}

static int teardown(void **state)
{
	scratch__free(*state);
	return 0;
}

static struct output_file open_file(struct scratch *scratch, const char *path)
{
	struct output_file file;

	assert_int_equal(output_file__open(path, &scratch->diag, &file), 0);
	return file;
}

static void opening_harms_nothing(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__write(scratch, "old", OLD, 0600);
	struct output_file file = open_file(scratch, path);

	assert_file_holds(path, OLD);
	output_file__close(&file);
	assert_file_holds(path, OLD);
	free(path);
}

/* Checks that PATH cannot be opened because of ERR, and that this is reported. */
static void assert_refused(struct scratch *scratch, const char *path, int err)
{
	struct output_file file;

	assert_int_equal(output_file__open(path, &scratch->diag, &file), -err);
	assert_said(scratch, path);
	assert_said(scratch, strerror(err));
	assert_said(scratch, "-o");
}

static void directory_is_refused(void **state)
{
	struct scratch *scratch = *state;

	assert_refused(scratch, scratch->dir, EISDIR);
}

static void file_that_was_made_and_not_written_is_removed(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "new"), *others = scratch__path(scratch, "others"), *link;
	struct output_file file = open_file(scratch, path);

	output_file__close(&file);
	assert_int_equal(access(path, F_OK), -1);
	link = scratch__path(scratch, "link");
	assert_int_equal(symlink("new", link), 0);
	file = open_file(scratch, link);
	output_file__close(&file);
	assert_int_equal(access(path, F_OK), geteuid() ? 0 : -1); /* only root's walk knows where a link led to */
	free(link);
	/* Somebody else has put another file in its place meanwhile. */
	file = open_file(scratch, others);
	assert_int_equal(unlink(others), 0);
	free(scratch__write(scratch, "others", OLD, 0600));
	output_file__close(&file);
	assert_file_holds(others, OLD);
	free(others);
	free(path);
}

/* The owners of the files. Everything below needs several users, and therefore root. */
#define ALICE	    2001u /* the user who called sudo */
#define ALICES_CREW 2101u
#define BOB	    2002u

static void set_caller(const char *uid, const char *gid)
{
	assert_int_equal(uid ? setenv("SUDO_UID", uid, 1) : unsetenv("SUDO_UID"), 0);
	assert_int_equal(gid ? setenv("SUDO_GID", gid, 1) : unsetenv("SUDO_GID"), 0);
}

/* Sets up as if ALICE had called the program with sudo. */
static int setup_sudo(void **state)
{
	if (geteuid())
		skip();
	umask(022);
	set_caller("2001", "2101");
	return setup(state);
}

static int teardown_sudo(void **state)
{
	set_caller(NULL, NULL);
	return teardown(state);
}

static void assert_belongs(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
	assert_int_equal(st.st_mode, S_IFREG | mode);
}

/* Creates a directory and returns its path, which the caller frees. */
static char *make_directory(struct scratch *scratch, const char *name, uid_t owner, mode_t mode)
{
	char *path = scratch__path(scratch, name);

	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chown(path, owner, owner), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static char *make_file(struct scratch *scratch, const char *name, uid_t owner)
{
	char *path = scratch__write(scratch, name, OLD, 0640);

	assert_int_equal(chown(path, owner, owner), 0);
	return path;
}

static char *make_link(struct scratch *scratch, const char *name, const char *target, uid_t owner)
{
	char *path = scratch__path(scratch, name);

	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(lchown(path, owner, owner), 0);
	return path;
}

static void write_report(struct scratch *scratch, const char *path, const char *text)
{
	struct output_file file = open_file(scratch, path);

	assert_int_equal(output_file__write(&file, text, strlen(text)), 0);
	output_file__close(&file);
}

/* Checks that PATH is refused by a rule, with a message that contains WHY. */
static void assert_forbidden(struct scratch *scratch, const char *path, const char *why)
{
	struct output_file file;

	assert_int_equal(output_file__open(path, &scratch->diag, &file), -EPERM);
	assert_said(scratch, path);
	assert_said(scratch, why);
	assert_said(scratch, "-o");
}

static void new_file_is_the_callers(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "new");

	write_report(scratch, path, "report");
	assert_file_holds(path, "report");
	assert_belongs(path, ALICE, ALICES_CREW, 0644);
	assert_string_equal(scratch__said(scratch), "");
	free(path);
}

static void new_file_inherits_its_directorys_group(void **state)
{
	struct scratch *scratch = *state;
	char *dir = make_directory(scratch, "shared", BOB, 02775);
	char *path = scratch__path(scratch, "shared/new");

	write_report(scratch, path, "report");
	assert_belongs(path, ALICE, BOB, 0644);
	free(dir);
	free(path);
}

static void what_is_no_caller_is_ignored(void **state)
{
	static const char *const wrong[][2] = {
		{NULL, NULL},
		{"2001", NULL},
		{NULL, "2101"},
		{"", ""},
		{"2001", ""},
		{"2001", "crew"},
		{"2001x", "2101"},
		{" 2001", "2101"},
		{"-1", "2101"},
		{"2001", "-1"},
		{"+2001", "2101"},
		{"4294967295", "2101"},
		{"2001", "4294967295"},
		{"4294969297", "2101"},
		{"18446744073709553617", "2101"},
		{"0x7d1", "2101"},
	};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char *path = scratch__path(scratch, "new");

		set_caller(wrong[i][0], wrong[i][1]);
		write_report(scratch, path, "report");
		assert_belongs(path, 0, 0, 0644);
		assert_int_equal(unlink(path), 0);
		free(path);
	}
}

static void existing_file_keeps_owner_and_mode(void **state)
{
	struct scratch *scratch = *state;
	char *path = make_file(scratch, "old", BOB);

	write_report(scratch, path, "report");
	assert_file_holds(path, "report");
	assert_belongs(path, BOB, BOB, 0640);
	free(path);
}

/* A second report of the same name in /tmp: fs.protected_regular forbids root to open the first one with O_CREAT. */
static void own_file_is_written_again_in_a_sticky_directory(void **state)
{
	struct scratch *scratch = *state;
	char *dir = make_directory(scratch, "tmp", 0, 01777);
	char *path = scratch__path(scratch, "tmp/report");

	write_report(scratch, path, "first");
	write_report(scratch, path, "second");
	assert_file_holds(path, "second");
	assert_belongs(path, ALICE, ALICES_CREW, 0644);
	free(dir);
	free(path);
}

static void links_of_others_are_not_followed(void **state)
{
	static const char *const paths[] = {"bob-link",	      "bob-dangling",	   "bob-dir/new",
					    "bob-dir/victim", "alice-to-bob",	   "tmp/bob-link",
					    "root-to-bob",    "own/alice-dir/new", "bob-dir/../new"};
	struct scratch *scratch = *state;
	char *victim_dir = make_directory(scratch, "victims", 0, 0755);
	char *victim = make_file(scratch, "victims/victim", 0);
	char *made[] = {
		make_directory(scratch, "tmp", 0, 01777),
		make_directory(scratch, "own", ALICE, 0755),
		make_link(scratch, "bob-link", victim, BOB),
		make_link(scratch, "bob-dangling", "victims/new", BOB),
		make_link(scratch, "bob-dir", "victims", BOB),
		make_link(scratch, "alice-to-bob", "bob-link", ALICE),
		make_link(scratch, "root-to-bob", "bob-dir/victim", 0),
		make_link(scratch, "tmp/bob-link", victim, BOB),
		make_link(scratch, "own/alice-dir", "../bob-dir", ALICE),
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		char *path = scratch__path(scratch, paths[i]);

		assert_forbidden(scratch, path, "symbolic link of another user (ID 2002)");
		free(path);
	}
	assert_file_holds(victim, OLD);
	assert_int_equal(unlink(victim), 0);
	assert_int_equal(rmdir(victim_dir), 0); /* which works because it is empty */
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		free(made[i]);
	free(victim);
	free(victim_dir);
}

static void links_of_the_caller_and_root_are_followed(void **state)
{
	static const char *const paths[] = {"alice-link",	 "root-link",
					    "tmp/alice-link",	 "alice-dir/file",
					    "alice-dir//./file", "tmp/../root-dir/../dir/file",
					    "bobs/alice-link",	 "chain"};
	struct scratch *scratch = *state;
	char *dir = make_directory(scratch, "dir", ALICE, 0755);
	char *file = make_file(scratch, "dir/file", ALICE);
	char *made[] = {
		make_directory(scratch, "tmp", 0, 01777),
		make_directory(scratch, "bobs", BOB, 0755),
		make_link(scratch, "alice-link", file, ALICE),
		make_link(scratch, "root-link", "dir/file", 0),
		make_link(scratch, "tmp/alice-link", "../dir/../dir/file", ALICE),
		make_link(scratch, "alice-dir", dir, ALICE),
		make_link(scratch, "root-dir", "./dir/", 0),
		make_link(scratch, "bobs/alice-link", "../root-link", ALICE),
		make_link(scratch, "chain", "bobs/alice-link", 0),
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		char *path = scratch__path(scratch, paths[i]);

		write_report(scratch, path, paths[i]);
		assert_file_holds(file, paths[i]);
		free(path);
	}
	assert_string_equal(scratch__said(scratch), "");
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		free(made[i]);
	free(file);
	free(dir);
}

static void new_file_behind_a_link_is_the_callers(void **state)
{
	struct scratch *scratch = *state;
	char *link = make_link(scratch, "link", "new", ALICE), *target = scratch__path(scratch, "new");

	write_report(scratch, link, "report");
	assert_file_holds(target, "report");
	assert_belongs(target, ALICE, ALICES_CREW, 0644);
	free(link);
	free(target);
}

/* Root without sudo follows only links that root owns. */
static void root_itself_follows_only_roots_links(void **state)
{
	struct scratch *scratch = *state;
	char *file = make_file(scratch, "file", 0);
	char *alices = make_link(scratch, "alices", "file", ALICE), *roots = make_link(scratch, "roots", "file", 0);

	set_caller(NULL, NULL);
	assert_forbidden(scratch, alices, "(ID 2001)");
	write_report(scratch, roots, "report");
	assert_file_holds(file, "report");
	free(file);
	free(alices);
	free(roots);
}

static void loop_of_links_is_said(void **state)
{
	struct scratch *scratch = *state;
	char *one = make_link(scratch, "one", "two", ALICE), *two = make_link(scratch, "two", "one", ALICE);

	assert_refused(scratch, one, ELOOP);
	free(one);
	free(two);
}

static void long_paths_are_said(void **state)
{
	struct scratch *scratch = *state;
	char name[NAME_MAX + 2], path[PATH_MAX + 8];
	char *in_scratch;

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	in_scratch = scratch__path(scratch, name);
	assert_refused(scratch, in_scratch, ENAMETOOLONG);
	free(in_scratch);
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_refused(scratch, path, ENAMETOOLONG);
}

static void slash_behind_the_name_means_a_directory(void **state)
{
	struct scratch *scratch = *state;
	char *file = make_file(scratch, "file", ALICE);
	char *as_directory = scratch__path(scratch, "file/"), *new = scratch__path(scratch, "new/");

	assert_refused(scratch, as_directory, ENOTDIR);
	assert_refused(scratch, new, ENOENT);
	assert_refused(scratch, "/", EISDIR);
	assert_file_holds(file, OLD);
	free(file);
	free(as_directory);
	free(new);
}

static void hard_links_where_others_can_make_them_are_refused(void **state)
{
	static const char *const dirs[] = {"tmp", "open", "bobs", "own"};
	static const uid_t owners[] = {0, ALICE, BOB};
	struct scratch *scratch = *state;
	char *made[] = {
		make_directory(scratch, "tmp", 0, 01777),
		make_directory(scratch, "open", ALICE, 0777),
		make_directory(scratch, "bobs", BOB, 0755),
		make_directory(scratch, "own", ALICE, 0755),
	};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		for (size_t k = 0; k < sizeof(owners) / sizeof(*owners); k++) {
			char *victim = make_file(scratch, "victim", owners[k]), *path;

			assert_true(asprintf(&path, "%s/%s/link", scratch->dir, dirs[i]) > 0);
			assert_int_equal(link(victim, path), 0);
			if (!strcmp(dirs[i], "own"))
				write_report(scratch, path, OLD);
			else
				assert_forbidden(scratch, path,
						 i == 0 && owners[k] == BOB ? "another user" : "hard links");
			assert_file_holds(victim, OLD);
			assert_int_equal(unlink(path) || unlink(victim), 0);
			free(victim);
			free(path);
		}
	}
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		free(made[i]);
}

static void files_of_others_in_sticky_directories_are_refused(void **state)
{
	struct scratch *scratch = *state;
	char *tmp = make_directory(scratch, "tmp", 0, 01777), *bobs = make_directory(scratch, "bobs", BOB, 0755);
	char *planted = make_file(scratch, "tmp/planted", BOB), *roots = make_file(scratch, "tmp/roots", 0);
	char *given = make_file(scratch, "bobs/given", BOB), *fifo = scratch__path(scratch, "tmp/fifo");

	assert_int_equal(mkfifo(fifo, 0666), 0);
	assert_int_equal(chown(fifo, BOB, BOB), 0);
	assert_forbidden(scratch, planted, "another user (ID 2002)");
	assert_forbidden(scratch, fifo, "another user (ID 2002)");
	assert_file_holds(planted, OLD);
	write_report(scratch, roots, "report");
	write_report(scratch, given, "report");
	assert_belongs(given, BOB, BOB, 0640);
	free(tmp);
	free(bobs);
	free(planted);
	free(roots);
	free(given);
	free(fifo);
}

static void fifo_is_written(void **state)
{
	struct scratch *scratch = *state;
	char *tmp = make_directory(scratch, "tmp", 0, 01777), *fifo = scratch__path(scratch, "tmp/fifo");
	char text[16] = "";
	int reader;

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(chown(fifo, ALICE, ALICE), 0);
	reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	write_report(scratch, fifo, "report");
	assert_int_equal(read(reader, text, sizeof(text)), 6);
	assert_string_equal(text, "report");
	close(reader);
	free(tmp);
	free(fifo);
}

static void descriptors_are_written_by_their_names(void **state)
{
	static const char *const forms[] = {"/proc/self/fd/%d", "/dev/fd/%d", "/proc/thread-self/fd/%d"};
	struct scratch *scratch = *state;
	char *file = make_file(scratch, "file", BOB);
	int ends[2], held = open(file, O_WRONLY | O_CLOEXEC);
	char path[64], text[16];

	assert_int_equal(pipe(ends), 0);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		snprintf(path, sizeof(path), forms[i], ends[1]);
		write_report(scratch, path, "report");
		assert_int_equal(read(ends[0], text, sizeof(text)), 6);
		snprintf(path, sizeof(path), forms[i], held);
		write_report(scratch, path, "written");
		assert_file_holds(file, "written");
	}
	close(ends[0]);
	close(ends[1]);
	close(held);
	free(file);
}

static void paths_through_proc_go_on(void **state)
{
	struct scratch *scratch = *state;
	char *path = NULL, *new = scratch__path(scratch, "new");

	assert_true(asprintf(&path, "/proc/self/root%s/new", scratch->dir) > 0);
	write_report(scratch, path, "report");
	assert_belongs(new, ALICE, ALICES_CREW, 0644);
	free(path);
	free(new);
}

/* Somebody who keeps exchanging a directory and a link must not get us to follow the link. */
static void exchanging_what_was_checked_does_not_help(void **state)
{
	enum { TRIES = 20000, MOST_TRIES = 1000 * TRIES };
	struct scratch *scratch = *state;
	char *bobs = make_directory(scratch, "bobs", BOB, 0755), *secret = make_directory(scratch, "secret", 0, 0700);
	char *dir = make_directory(scratch, "bobs/dir", BOB, 0755);
	char *link = make_link(scratch, "bobs/link", secret, BOB);
	char *path = scratch__path(scratch, "bobs/dir/file"), *reached = scratch__path(scratch, "secret/file");
	int counts[2] = {0};
	pid_t bob = fork();

	if (!bob) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			renameat2(AT_FDCWD, dir, AT_FDCWD, link, RENAME_EXCHANGE);
	}
	for (int i = 0; i < TRIES || ((!counts[0] || !counts[1]) && i < MOST_TRIES); i++) {
		struct output_file file;
		int err = output_file__open(path, &scratch->diag, &file);

		if (err)
			assert_int_equal(err, -EPERM);
		else
			output_file__close(&file);
		counts[!err]++;
		assert_int_equal(access(reached, F_OK), -1);
	}
	assert_true(counts[0] && counts[1]); /* both have happened; otherwise nothing was tested */
	assert_int_equal(kill(bob, SIGKILL), 0);
	assert_int_equal(waitpid(bob, NULL, 0), bob);
	free(bobs);
	free(secret);
	free(dir);
	free(link);
	free(path);
	free(reached);
}

/* For users other than root, the kernel's rules are enough, and SUDO_UID means nothing. */
static void other_users_are_left_to_the_kernel(void **state)
{
	struct scratch *scratch = *state;
	char *dir = make_directory(scratch, "dir", ALICE, 0755), *link = make_link(scratch, "dir/link", "new", BOB);
	char *new = scratch__path(scratch, "dir/new");
	int status;
	pid_t child;

	assert_int_equal(chmod(scratch->dir, 0755), 0);
	set_caller("2002", "2002");
	child = fork();
	if (!child) {
		struct output_file file;

		_exit(setgid(ALICE) || setuid(ALICE) || output_file__open(link, &scratch->diag, &file));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_belongs(new, ALICE, ALICE, 0644);
	free(dir);
	free(link);
	free(new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(opening_harms_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(directory_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(file_that_was_made_and_not_written_is_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(new_file_is_the_callers, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(new_file_inherits_its_directorys_group, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(what_is_no_caller_is_ignored, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(existing_file_keeps_owner_and_mode, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(own_file_is_written_again_in_a_sticky_directory, setup_sudo,
						teardown_sudo),
		cmocka_unit_test_setup_teardown(links_of_others_are_not_followed, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(links_of_the_caller_and_root_are_followed, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(new_file_behind_a_link_is_the_callers, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(root_itself_follows_only_roots_links, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(loop_of_links_is_said, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(long_paths_are_said, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(slash_behind_the_name_means_a_directory, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(hard_links_where_others_can_make_them_are_refused, setup_sudo,
						teardown_sudo),
		cmocka_unit_test_setup_teardown(files_of_others_in_sticky_directories_are_refused, setup_sudo,
						teardown_sudo),
		cmocka_unit_test_setup_teardown(fifo_is_written, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(descriptors_are_written_by_their_names, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(paths_through_proc_go_on, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(exchanging_what_was_checked_does_not_help, setup_sudo, teardown_sudo),
		cmocka_unit_test_setup_teardown(other_users_are_left_to_the_kernel, setup_sudo, teardown_sudo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
