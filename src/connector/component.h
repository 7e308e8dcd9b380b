/* SPDX-License-Identifier: Apache-2.0 */
/*
 * component.h - reads a component of a manifest by the table of its properties.
 *
 * A component is one const struct: its type, its properties, what it starts with and what no table
 * can check.  What a property's row does not know is a complaint: an unknown property gets a
 * did-you-mean, one of the format that we do not support is refused by name.
 *
 * Reading never stops at a fault: it complains to the reader's list and leaves the field as it was.
 */
#ifndef COMPONENT_H
#define COMPONENT_H

#include "connector/slot.h"
#include "connector/yaml.h"

struct node_list {
	const struct node **at;
	size_t n;
};

struct reader {
	struct arena *arena;
	struct str file;
	struct complaints *list;
	struct value parameters;             /* of the component that is being read */
	struct str type;                     /* of that component */
	struct stream *stream;               /* where the manifest's streams are, by number … */
	const struct node_list *stream_node; /* … and what each is made from */
	const struct expr_scope *request_scope; /* in place of scope_request; NULL: as it is */
};

enum property_kind {
	PROPERTY_NOTE,      /* for people and other programs: changes nothing here */
	PROPERTY_REFUSED,   /* of the format, but not of what we support */
	PROPERTY_FALSE,     /* only false is supported */
	PROPERTY_TEXT,      /* struct str, no template */
	PROPERTY_BOOL,      /* bool */
	PROPERTY_INT,       /* int64_t, not negative */
	PROPERTY_SLOT,      /* struct slot, with the row's scope */
	PROPERTY_MOULD,     /* struct mould, with the row's scope */
	PROPERTY_COMPONENT, /* one of the row's components, read into the field */
	PROPERTY_READ,      /* the row's function, given the field */
};

struct component_set;

struct property {
	const char *name;
	enum property_kind kind;
	bool required;
	size_t offset; /* of the field in what the component is read into */
	const struct expr_scope *scope;
	const struct component_set *set;
	void (*read)(struct reader *r, const struct node *n, void *field);
};

struct component {
	const char *type;
	const struct property *property;
	size_t properties;
	void (*start)(struct reader *r, void *into);                        /* or NULL */
	void (*finish)(struct reader *r, const struct node *n, void *into); /* or NULL */
	size_t kind_at; /* of an enum in what it is read into … */
	int kind;       /* … that becomes this */
};

/* The components that may stand at a place. */
struct component_set {
	const struct component *const *at;
	size_t n;
};

/* Reads `n` as one of `set`.  False when it is none of them (complained about). */
bool component_read(struct reader *r, const struct node *n, const struct component_set *set,
		    void *into);

/* As component_read() where only `c` may stand, which needs no type of its own. */
bool component_read_as(struct reader *r, const struct node *n, const struct component *c,
		       void *into);

/*
 * Reads each item of list `n` as one of `set` into an array of `size` bytes each; those that are
 * none of them are left out.  *count items; a complaint and none when it is no list.
 */
void *component_list(struct reader *r, const struct node *n, const struct component_set *set,
		     size_t size, size_t *count);

/* Whether the format has a component of that name, supported or not. */
bool component_is_known(struct str type);

/* For a did-you-mean; NULL when none is near. */
const char *component_nearest(struct str type);

/* A complaint about `n` with the reader's file. */
#define READER_SAYS(r, n, ...) complain((r)->list, (r)->arena, (n), (r)->file, __VA_ARGS__)

/* Each complains and gives false when `n` is something else. */
bool read_text(struct reader *r, const struct node *n, struct str *out);
bool read_bool(struct reader *r, const struct node *n, bool *out);
bool read_int(struct reader *r, const struct node *n, int64_t *out);
bool read_kind(struct reader *r, const struct node *n, enum node_kind kind);

/* The position of a text among `word`; complains with all of them and gives false otherwise. */
bool read_word(struct reader *r, const struct node *n, const char *const *word, size_t words,
	       size_t *out);

/* A text without templates as a duration / as a time format / as a pattern in POSIX's words. */
bool read_duration(struct reader *r, const struct node *n, struct duration *out);
bool read_format(struct reader *r, const struct node *n, struct str *out);
bool read_pattern(struct reader *r, const struct node *n, struct str *out);

/* A list of templates. */
struct slot *read_slots(struct reader *r, const struct node *n, const struct expr_scope *scope,
			size_t *count);

/* A list of HTTP status codes. */
int *read_codes(struct reader *r, const struct node *n, size_t *count);

#endif
