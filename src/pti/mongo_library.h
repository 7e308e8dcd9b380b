/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mongo_library.h - libmongoc, loaded when a plan first names a MongoDB.
 *
 * The library starts up by being loaded: it initialises TLS, makes a segment /dev/shm/mongoc-PID
 * that a killed process leaves behind, and warns on standard error when it finds the segment of a
 * process that had the same id.  Nobody who has no MongoDB shall pay for that, so it is not linked.
 */
#ifndef MONGO_LIBRARY_H
#define MONGO_LIBRARY_H

#include "base/err.h"

#include <mongoc/mongoc.h>

/* Every function that is called, without its mongoc_. */
#define MONGO_FUNCTIONS(X)                    \
	X(client_destroy)                     \
	X(client_get_collection)              \
	X(client_get_uri)                     \
	X(client_new_from_uri)                \
	X(client_pool_new)                    \
	X(client_pool_pop)                    \
	X(client_pool_push)                   \
	X(client_pool_set_error_api)          \
	X(client_select_server)               \
	X(client_session_abort_transaction)   \
	X(client_session_append)              \
	X(client_session_commit_transaction)  \
	X(client_session_destroy)             \
	X(client_session_start_transaction)   \
	X(client_set_error_api)               \
	X(client_start_session)               \
	X(collection_count_documents)         \
	X(collection_delete_many)             \
	X(collection_destroy)                 \
	X(collection_find_with_opts)          \
	X(collection_insert_one)              \
	X(collection_update_one)              \
	X(cursor_destroy)                     \
	X(cursor_error_document)              \
	X(cursor_next)                        \
	X(error_has_label)                    \
	X(init)                               \
	X(log_set_handler)                    \
	X(read_concern_destroy)               \
	X(read_concern_new)                   \
	X(read_concern_set_level)             \
	X(read_prefs_destroy)                 \
	X(read_prefs_new)                     \
	X(server_description_destroy)         \
	X(server_description_hello_response)  \
	X(transaction_opts_destroy)           \
	X(transaction_opts_new)               \
	X(transaction_opts_set_read_concern)  \
	X(transaction_opts_set_read_prefs)    \
	X(transaction_opts_set_write_concern) \
	X(uri_destroy)                        \
	X(uri_get_appname)                    \
	X(uri_get_database)                   \
	X(uri_get_hosts)                      \
	X(uri_get_srv_hostname)               \
	X(uri_has_option)                     \
	X(uri_new_with_error)                 \
	X(uri_set_appname)                    \
	X(uri_set_option_as_int32)            \
	X(write_concern_destroy)              \
	X(write_concern_new)                  \
	X(write_concern_set_wmajority)

struct mongo_library {
#define MONGO_MEMBER(name) __typeof__(mongoc_##name) *name;
	MONGO_FUNCTIONS(MONGO_MEMBER)
#undef MONGO_MEMBER
};

/* The same for all threads, for as long as the process lives.  NULL with ERR_CONFIG: not installed.
 */
const struct mongo_library *mongo_library(struct err *e);

#endif
