/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally.c - one log line and a few numbers for each request.
 *
 * The line names the row of the table, never the path or query: those may hold what is somebody's.
 */
#include "api/api_part.h"

#include "base/log.h"
#include "base/metric.h"

static const double seconds[] = { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
				  0.25,  0.5,    1,     2.5,  5,     10,   0 };

static struct metric requests = {
	.kind = METRIC_COUNTER,
	.name = "lockstep_http_requests",
	.help = "Requests that were answered",
	.label = { "route", "method", "status" },
};

static struct metric durations = {
	.kind = METRIC_HISTOGRAM,
	.name = "lockstep_http_request_duration",
	.unit = "seconds",
	.help = "From a request's first line to its answer's last byte",
	.label = { "route", "method" },
	.bucket = seconds,
};

static const char *const classes[] = { "other", "1xx", "2xx", "3xx", "4xx", "5xx" };

void tally(struct call_reply *reply)
{
	const struct server_request *r = reply->request;
	const struct route *route = reply->endpoint ? reply->endpoint->route : NULL;
	int64_t ms = clock_steady_now() - r->begun_ms;
	int class = r->answer.status / 100;
	const char *labels[] = { route ? route->path : "unmatched", route ? route->method : "other",
				 classes[class > 0 && class < 6 ? class : 0] };

	metric_add(&requests, labels, 1);
	if (!r->answer.stream)
		metric_observe(&durations, labels, (double)ms / 1000);
	log_set_context("request", str_keep(r->arena, reply->id).at);
	log_info("%s %s %d %lld ms %lld bytes %.*s", labels[1], labels[0], r->answer.status,
		 (long long)ms, (long long)r->bytes_sent,
		 STR_ARG(reply->who.len ? reply->who : STR("-")));
	log_set_context(NULL, NULL);
}
