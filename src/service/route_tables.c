/* SPDX-License-Identifier: Apache-2.0 */
/* route_tables.c - the routes that the service has without any integration. */
#include "service/route_tables.h"

#include "service/budget_routes.h"
#include "service/console_routes.h"
#include "service/cron_routes.h"
#include "service/error_routes.h"
#include "service/inspection_routes.h"
#include "service/job_routes.h"
#include "service/outbox_routes.h"
#include "service/overview_routes.h"
#include "service/plan_routes.h"
#include "service/quarantine_routes.h"
#include "service/queue_routes.h"
#include "service/record_routes.h"
#include "service/rotation_routes.h"
#include "service/run_log_routes.h"
#include "service/run_routes.h"
#include "service/runner_routes.h"
#include "service/schedule_routes.h"
#include "service/stream_routes.h"
#include "service/timeline_routes.h"
#include "service/vendor_sign_in_routes.h"
#include "service/webhook_routes.h"
#include "service/worker_routes.h"

const struct route *const route_tables[] = {
	job_routes,      queue_routes,   runner_routes,     schedule_routes,
	cron_routes,     console_routes, run_routes,        rotation_routes,
	webhook_routes,  outbox_routes,  conflict_routes,   vendor_sign_in_routes,
	stream_routes,   record_routes,  timeline_routes,   inspection_routes,
	plan_routes,     error_routes,   budget_routes,     worker_routes,
	overview_routes, run_log_routes, quarantine_routes, NULL,
};
