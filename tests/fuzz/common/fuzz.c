// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/common/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

uint8_t fuzz__u8(struct fuzz_bytes *bytes)
{
	if (!bytes->left)
		return 0;
	bytes->left--;
	return *bytes->at++;
}

uint16_t fuzz__u16(struct fuzz_bytes *bytes)
{
	uint16_t high = fuzz__u8(bytes);

	return (uint16_t)(high << 8 | fuzz__u8(bytes));
}

char *fuzz__string(struct fuzz_bytes *bytes)
{
	size_t length = strnlen((const char *)bytes->at, bytes->left);
	char *text = malloc(length + 1);

	fuzz__assert(text);
	if (length)
		memcpy(text, bytes->at, length);
	text[length] = '\0';
	if (length < bytes->left)
		length++;
	bytes->at += length;
	bytes->left -= length;
	return text;
}

const char *fuzz__file(const uint8_t *data, size_t size)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzzed", MFD_CLOEXEC);
	fuzz__assert(fd >= 0 && !ftruncate(fd, 0));
	for (size_t done = 0; done < size;) {
		ssize_t n = pwrite(fd, data + done, size - done, (off_t)done);

		fuzz__assert(n > 0);
		done += (size_t)n;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

void fuzz__open_output(struct fuzz_output *output)
{
	output->stream = open_memstream(&output->text, &output->size);
	fuzz__assert(output->stream);
}

static bool is_control(const uint8_t *at)
{
	return (at[0] < 0x20 && at[0] != '\t' && at[0] != '\n' && !(at[0] == '\r' && at[1] == '\n')) || at[0] == 0x7f ||
	       (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0);
}

void fuzz__close_output(struct fuzz_output *output)
{
	fuzz__assert(!fflush(output->stream));
	for (size_t i = 0; i < output->size; i++) {
		if (!is_control((const uint8_t *)output->text + i))
			continue;
		fprintf(stderr, "control character at byte %zu of: %s\n", i, output->text);
		abort();
	}
	fuzz__drop_output(output);
}

void fuzz__drop_output(struct fuzz_output *output)
{
	fuzz__assert(!fclose(output->stream));
	free(output->text);
}

struct diag fuzz__diag(const struct fuzz_output *output)
{
	return (struct diag){.stream = output->stream, .verbosity = 1};
}
