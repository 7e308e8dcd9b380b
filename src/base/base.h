/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base.h - the few words every other file may use without asking.
 *
 * Knows nothing about the product: a name that could not appear in an
 * unrelated program is in the wrong file.
 */
#ifndef BASE_H
#define BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define NORETURN __attribute__((noreturn))

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* The `1 ? (ptr) : ...` makes the compiler check that ptr is a pointer to member. */
#define CONTAINER(ptr, type, member) \
	((type *)((char *)(1 ? (ptr) : &((type *)0)->member) - offsetof(type, member)))

#endif
