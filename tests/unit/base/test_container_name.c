// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/container_name.h"
#include "unit/test.h"

#define ID	  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_ID  "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID	  "3ee1ff4c-4ee1-4a30-9b9d-f0e8a2a7c4d5"
#define SLICE_UID "3ee1ff4c_4ee1_4a30_9b9d_f0e8a2a7c4d5"

/* Paths as the runtimes make them, with other numbers. */
static const struct {
	const char *path, *runtime, *container, *pod, *unit;
} cases[] = {
	/* Docker, with systemd and without. */
	{"/system.slice/docker-" ID ".scope", "docker", ID, "", ""},
	{"/docker/" ID, "docker", ID, "", ""},
	{"/docker/" ID "/init", "docker", ID, "", ""},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope", "docker", ID, "", ""},
	/* containerd by the Container Runtime Interface, with systemd and without, with another class of service. */
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" SLICE_UID ".slice/cri-containerd-" ID
	 ".scope",
	 "containerd", ID, UID, ""},
	{"/kubepods.slice/kubepods-pod" SLICE_UID ".slice/cri-containerd-" ID ".scope", "containerd", ID, UID, ""},
	{"/kubepods/besteffort/pod" UID "/" ID, "kubernetes", ID, UID, ""},
	{"/kubepods/pod" UID "/" ID, "kubernetes", ID, UID, ""},
	{"/kubepods/burstable/pod" UID, "", "", UID, ""},
	{"/system.slice/nerdctl-" ID ".scope", "containerd", ID, "", ""},
	/* CRI-O. */
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" SLICE_UID ".slice/crio-" ID ".scope",
	 "cri-o", ID, UID, ""},
	{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" SLICE_UID ".slice/crio-" ID
	 ".scope/container",
	 "cri-o", ID, UID, ""},
	{"/system.slice/crio-conmon-" ID ".scope", "", "", "", "crio-conmon-" ID ".scope"},
	/* Podman, of root and of a user. */
	{"/machine.slice/libpod-" ID ".scope/container", "podman", ID, "", ""},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", "podman", ID, "", ""},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/user-libpod_pod_" OTHER_ID ".slice/libpod-" ID
	 ".scope/container",
	 "podman", ID, "", ""},
	{"/libpod_parent/libpod-" ID, "podman", ID, "", ""},
	{"/machine.slice/libpod-conmon-" ID ".scope", "", "", "", "libpod-conmon-" ID ".scope"},
	{"/system.slice/web.service/libpod-payload-" ID, "libpod-payload", ID, "", ""},
	/* LXC and LXD, before and after version 4; their monitor is outside. */
	{"/lxc.payload.web", "lxc", "web", "", ""},
	{"/lxc.payload.web/system.slice/nginx.service", "lxc", "web", "", "nginx.service"},
	{"/lxc/web", "lxc", "web", "", ""},
	{"/lxc.payload/web/init.scope", "lxc", "web", "", "init.scope"},
	{"/lxc.monitor.web", "", "", "", ""},
	/* systemd-nspawn, and what else machined knows. */
	{"/machine.slice/machine-deb\\x2d12.scope/payload/system.slice/cron.service", "machine", "deb-12", "",
	 "cron.service"},
	{"/machine.slice/systemd-nspawn@deb.service/payload", "", "", "", "systemd-nspawn@deb.service"},
	/* Units. */
	{"/system.slice/nginx.service", "", "", "", "nginx.service"},
	{"/system.slice/system-getty.slice/getty@tty1.service", "", "", "", "getty@tty1.service"},
	{"/system.slice/php8.2-fpm.service/workers", "", "", "", "php8.2-fpm.service"},
	{"/user.slice/user-1000.slice/session-3.scope", "", "", "", "session-3.scope"},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome\\x2dterminal-42.scope", "", "", "",
	 "app-gnome-terminal-42.scope"},
	{"/system.slice/a\\x2", "", "", "", ""},
	{"/system.slice/a\\x2.service", "", "", "", "a\\x2.service"},
	{"/system.slice/a\\x00b.service", "", "", "", "a\\x00b.service"},
	/* Others. */
	{"/ecs/3f0b1c2d/" ID, "oci", ID, "", ""},
	{"/system.slice/docker-" ID ".scope/kubelet/kubepods/burstable/pod" UID "/" OTHER_ID, "kubernetes", OTHER_ID,
	 UID, ""},
	{"/", "", "", "", ""},
	{"", "", "", "", ""},
	{"/../..", "", "", "", ""},
	{"/user.slice", "", "", "", ""},
	{"/system.slice/docker.service", "", "", "", "docker.service"},
	{"/docker/buildkit", "", "", "", ""},
	{"/system.slice/docker-0123.scope", "", "", "", "docker-0123.scope"},
	{"/pod" UID, "", "", "", ""},
};

static void paths_of_runtimes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct container_name name;

		container_name__parse(cases[i].path, &name);
		assert_string_equal(name.container, cases[i].container);
		assert_string_equal(name.runtime, cases[i].runtime);
		assert_string_equal(name.pod, cases[i].pod);
		assert_string_equal(name.unit, cases[i].unit);
	}
}

static void long_names_are_cut(void **state)
{
	char path[2000] = "/lxc.payload.";
	struct container_name name;

	(void)state;
	memset(path + strlen(path), 'a', 1900);
	container_name__parse(path, &name);
	assert_int_equal(strlen(name.container), CONTAINER_NAME_ROOM - 1);
	memcpy(path + 1900, ".service", sizeof(".service"));
	memset(path, '/', strlen("/lxc.payload."));
	container_name__parse(path, &name);
	assert_string_equal(name.container, "");
	assert_int_equal(strlen(name.unit), CONTAINER_NAME_ROOM - 1);
}

static void expect_path(const char *text, const char *expected)
{
	int len;
	const char *path = container_name__path(text, &len);

	assert_int_equal(len, strlen(expected));
	assert_memory_equal(path, expected, strlen(expected));
}

static void path_of_a_process(void **state)
{
	(void)state;
	expect_path("0::/system.slice/nginx.service\n", "/system.slice/nginx.service");
	expect_path("0::/a:b\n", "/a:b");
	expect_path("0::/\n", "/");
	expect_path("", "/");
	expect_path("nonsense\n1:", "/");
	/* Both versions at once. */
	expect_path("9:name=systemd:/user.slice\n4:memory:/docker/x\n0::/init.scope\n", "/init.scope");
	expect_path("9:name=systemd:/user.slice\n4:memory:/docker/x\n0::/\n", "/user.slice");
	expect_path("9:name=systemd:/\n5:cpu,cpuacct:/\n4:memory:/docker/x\n0::/\n", "/docker/x");
	expect_path("4:memory:/docker/x\n9:name=systemd:/docker/y", "/docker/y");
	expect_path("4:memory:\n0::\n", "/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_runtimes),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(path_of_a_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
