/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mongo_library.c - loads libmongoc, once.
 *
 * `library` is whole when `loaded` is true, and changes no more.
 */
#include "pti/mongo_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIBRARY "libmongoc-1.0.so.0"

static struct mongo_library library;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The driver's own lines would go to standard error, with a host's name and no form of ours. */
static void say_nothing(mongoc_log_level_t level, const char *domain, const char *text, void *arg)
{
	(void)level;
	(void)domain;
	(void)text;
	(void)arg;
}

static bool find_functions(void *handle)
{
#define FIND(name)                                                               \
	library.name = (__typeof__(library.name))dlsym(handle, "mongoc_" #name); \
	if (!library.name)                                                       \
		return false;
	MONGO_FUNCTIONS(FIND)
#undef FIND
	return true;
}

/* Its counters are mapped by now and are read by nobody: a name would only outlive a process that
 * is killed. */
static void remove_segment(void)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "/mongoc-%ld", (long)getpid());
	(void)shm_unlink(name);
}

static void load(void)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!handle || !find_functions(handle))
		return;
	library.init();
	library.log_set_handler(say_nothing, NULL);
	remove_segment();
	loaded = true;
}

const struct mongo_library *mongo_library(struct err *e)
{
	pthread_once(&once, load);
	if (loaded)
		return &library;
	err_set(e, ERR_CONFIG,
		"players: MongoDB needs the library " LIBRARY " (Debian: libmongoc-1.0-0)");
	return NULL;
}
