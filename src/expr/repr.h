/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repr.h - values as the text Python prints for them, and as the JSON it writes.
 */
#ifndef REPR_H
#define REPR_H

#include "base/err.h"
#include "data/value.h"

/*
 * What an expression can yield beyond what is stored; private to this layer, taken off from
 * results. VALUE_LIST: the views of a map.  VALUE_TIME: a date without a time.
 */
enum repr_shape { SHAPE_ITEMS = 16, SHAPE_KEYS, SHAPE_VALUES, SHAPE_DATE };

enum repr_numbers {
	NUMBERS_PYTHON,   /* 1.50 prints as 1.5 */
	NUMBERS_RECEIVED, /* as many digits as were received */
};

/* Appends str(v). ERR_LIMIT when nested deeper than VALUE_DEPTH_MAX or the buf is full. */
MUST_CHECK bool repr_str(struct buf *b, struct value v, enum repr_numbers numbers, struct err *e);

/* Appends repr(v): texts with quotes and escapes. */
MUST_CHECK bool repr_add(struct buf *b, struct value v, enum repr_numbers numbers, struct err *e);

enum repr_json { JSON_PLAIN, JSON_FOR_HTML }; /* the second: keys sorted, <>&' escaped */

/* Appends what json.dumps() writes: ASCII, ", " and ": " between things. */
MUST_CHECK bool repr_json(struct buf *b, struct value v, enum repr_json how, struct err *e);

#endif
