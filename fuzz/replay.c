/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - feeds files to a fuzz target, so that its corpus is a plain regression test.
 *
 * Every argument is a file or a folder of files.  Prints one TAP line for each file; a target that
 * dislikes an input dies on it, which the missing plan tells.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/tap.h"

#define INPUT_BYTES_MAX (1u << 20)
#define PATH_BYTES_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay_file(const char *path)
{
	/* As long as the input and no longer, so that a read past its end is seen by ASan. */
	static uint8_t input[INPUT_BYTES_MAX];
	uint8_t *exact;
	FILE *in = fopen(path, "rb");
	size_t n;

	OK(in != NULL, "opens %s", path);
	if (!in)
		return;
	n = fread(input, 1, sizeof(input), in);
	fclose(in);
	exact = malloc(n ? n : 1);
	if (!exact)
		abort();
	memcpy(exact, input, n);
	OK(LLVMFuzzerTestOneInput(exact, n) == 0, "survives %s, %zu bytes", path, n);
	free(exact);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay_folder(const char *folder)
{
	struct dirent **entry = NULL;
	char path[PATH_BYTES_MAX];
	int n = scandir(folder, &entry, is_visible, alphasort);

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry[i]->d_name);
		replay_file(path);
		free(entry[i]);
	}
	free(entry);
}

int main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			replay_folder(argv[i]);
		else
			replay_file(argv[i]);
	}
	OK(tap_n > 0, "there was something to replay");
	return tap_done();
}
