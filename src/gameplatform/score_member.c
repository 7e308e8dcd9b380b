/* SPDX-License-Identifier: Apache-2.0 */
/* score_member.c - one competitor's turn: what is asked for, and what is written of it. */
#include "gameplatform/score_member.h"

#include "base/log.h"
#include "gameplatform/ingest.h"
#include "gameplatform/mirror.h"
#include "gameplatform/score_state.h"
#include "gameplatform/totals.h"

#define STATUS_KEPT_MS ((int64_t)24 * 60 * 60 * 1000)

/* One turn under way. */
struct member {
	struct score_floor *floor;
	const struct score_turn *turn;
	struct score_state state;
	int64_t odl_ms, flash_ms; /* before the request went; 0: not asked */
	bool all_time;
	bool scored; /* scores are there */
	struct vendor_scores scores;
	bool evented; /* events are there */
	struct vendor_event *event;
	size_t events;
	/* No scores: why, for people and for the mapping. */
	struct str says;
	struct score_mark mark;
	struct ingest_counts solves, flash_solves, flash_events;
	struct score_told told;
};

static struct db *db_of(const struct member *m)
{
	return m->floor->g->db;
}

static int64_t now_ms(const struct member *m)
{
	return clock_wall_ms(m->floor->g->clock);
}

/* ---- asking ---- */

/* The vendor's answers are strictly later than that second, and the second of the cursor may not be
 * over yet. */
static int64_t after_s(const struct member *m)
{
	if (m->all_time)
		return VENDOR_ALL_TIME;
	return (m->state.odl_ms - m->floor->overlap_ms) / 1000 - 1;
}

static bool ask_status(struct member *m, struct str *status, struct err *e)
{
	struct score_floor *f = m->floor;
	struct vendor_user user;
	bool found;

	if (!score_status_known(db_of(m), f->one, m->turn->user, now_ms(m) - STATUS_KEPT_MS, status,
				e))
		return false;
	if (status->len > 0)
		return true;
	if (vendor_user_find(&f->vendor, m->turn->user, &found, &user, e)) {
		*status = found ? score_status(user.status) : STR("error");
		m->mark.asked = true;
		return true;
	}
	*status = STR("error");
	return score_fault(&f->vendor.fault, &f->patience, e) != SCORE_STOP;
}

/* As the vendor says it. */
static struct str status_word(struct str status)
{
	return str_eq(status, STR("pending")) ? STR("pending_approval") : status;
}

static bool not_approved(struct member *m, struct err *e)
{
	struct str says = m->floor->vendor.fault.message, status;

	if (!ask_status(m, &status, e))
		return false;
	m->says = str_printf(m->floor->one, "%.*s (metactf_user_status: %.*s)", STR_ARG(says),
			     STR_ARG(status_word(status)));
	m->mark = (struct score_mark){ .competitor = m->state.competitor,
				       .user = m->turn->user,
				       .says = m->says,
				       .status = status,
				       .asked = m->mark.asked };
	m->told.outcome = SCORE_ERROR;
	return true;
}

static bool no_scores(struct member *m, struct err *e)
{
	const struct vendor_fault *f = &m->floor->vendor.fault;
	enum score_fault fault = score_fault(f, &m->floor->patience, e);

	m->says = f->message;
	m->told.outcome = fault == SCORE_GONE ? SCORE_MISSING : SCORE_ERROR;
	if (fault == SCORE_GONE)
		m->mark = (struct score_mark){ .competitor = m->state.competitor,
					       .user = m->turn->user,
					       .says = f->message };
	if (fault == SCORE_UNAPPROVED)
		return not_approved(m, e);
	return fault != SCORE_STOP;
}

static bool ask_scores(struct member *m, struct err *e)
{
	struct score_floor *f = m->floor;

	m->odl_ms = now_ms(m);
	m->all_time = m->state.odl_ms == 0;
	if (!vendor_scores(&f->vendor, m->turn->user, after_s(m), &m->scores, e))
		return no_scores(m, e);
	patience_answered(&f->patience);
	m->scored = true;
	return true;
}

/*
 * Beside whoever is due: who comes back after an error, for what they missed; during an event those
 * who were there since they were asked last, for they may have taken part; and everybody once when
 * an event is over, for nobody promises that taking part counts as having been there.
 */
static bool flash_due(const struct member *m)
{
	const struct rota_member *flash = m->turn->flash;

	if (!flash || (m->turn->ask_odl && !m->scored))
		return false;
	if (m->turn->ask_flash || !m->scored)
		return m->turn->ask_flash;
	return m->state.marked || flash->done_ms < m->floor->event_over_ms ||
	       (m->floor->event_under_way && m->scores.accessed_s > 0 &&
		m->scores.accessed_s * 1000 > flash->done_ms - m->floor->overlap_ms);
}

static bool ask_events(struct member *m, struct err *e)
{
	struct score_floor *f = m->floor;
	enum score_fault fault;

	m->flash_ms = now_ms(m);
	m->told.flash_asked = true;
	if (vendor_events(&f->vendor, m->turn->user, &m->event, &m->events, e)) {
		patience_answered(&f->patience);
		m->evented = true;
		return true;
	}
	fault = score_fault(&f->vendor.fault, &f->patience, e);
	m->told.flash_failed = fault == SCORE_FAILED;
	return fault != SCORE_STOP;
}

/* ---- writing ---- */

/*
 * A sentinel with an event that nobody had: everybody is asked now.  Anybody else with one (but not
 * a newcomer, who may have been elsewhere long ago): everybody in the next cycle.
 */
static bool raise_alarm(struct member *m, struct err *e)
{
	struct rota *flash = m->floor->flash;
	bool any;

	if (m->floor->everybody || (!m->turn->probe && m->turn->flash->done_ms == 0))
		return true;
	if (!ingest_unheard_of(db_of(m), m->event, m->events, &any, e))
		return false;
	if (!any)
		return true;
	m->told.alarm = m->turn->probe;
	return m->turn->probe ? rota_alarm(db_of(m), flash, m->flash_ms, e)
			      : rota_remind(db_of(m), flash, m->flash_ms, e);
}

static bool write_events(struct member *m, const struct ingest_who *who, struct err *e)
{
	enum rota_outcome outcome = m->told.flash_failed ? ROTA_FAILED : ROTA_NOTHING;

	if (m->evented) {
		if (!raise_alarm(m, e) ||
		    !ingest_events(db_of(m), m->floor->one, who, m->event, m->events,
				   &m->flash_solves, &m->flash_events, e))
			return false;
		if (m->flash_events.rejected + m->flash_solves.rejected > 0) {
			m->told.flash_failed = true;
			outcome = ROTA_FAILED;
		} else if (m->flash_events.created > 0) {
			outcome = ROTA_NEWS;
		}
		m->told.flash_news = m->flash_events.created > 0;
	}
	return rota_note(db_of(m), m->floor->flash, m->turn->flash, outcome, m->flash_ms, e);
}

/* Any of it changes what the totals are. */
static bool flash_changed(const struct member *m)
{
	return m->flash_events.created + m->flash_events.updated + m->flash_solves.created +
		       m->flash_solves.updated >
	       0;
}

static bool write_totals(struct member *m, struct err *e)
{
	if (m->state.competitor.len == 0)
		return true;
	if (m->all_time)
		return totals_put(db_of(m), m->state.competitor, m->turn->user, &m->scores,
				  m->odl_ms, e);
	return m->scores.accessed_s <= 0 || totals_touch(db_of(m), m->state.competitor,
							 m->scores.accessed_s * 1000, m->odl_ms, e);
}

/* An answer for all time has the totals; else the sweep asks for them. */
static bool totals_wanted(const struct member *m)
{
	bool news = m->solves.created + m->solves.updated > 0 || flash_changed(m);

	return !m->all_time && (news || !m->state.stats);
}

static bool write_success(struct member *m, struct err *e)
{
	const struct score_success s = {
		.user = m->turn->user,
		.odl_ms = m->odl_ms,
		.flash_ms = m->evented && !m->told.flash_failed ? m->flash_ms : 0,
		.accessed_ms = m->scores.accessed_s > 0 ? m->scores.accessed_s * 1000 : 0,
		.now_ms = now_ms(m),
		.news = totals_wanted(m),
	};
	const struct score_mark mark = { .competitor = m->state.competitor };

	return score_state_success(db_of(m), &s, e) &&
	       (!m->state.marked || score_mark_clear(db_of(m), &mark, s.now_ms, e)) &&
	       write_totals(m, e) &&
	       rota_note(db_of(m), m->floor->odl, m->turn->odl,
			 m->solves.created ? ROTA_NEWS : ROTA_NOTHING, m->odl_ms, e);
}

/* What people see on the competitor, and, when it is another than before, in the timeline. */
static bool write_mark(struct member *m, struct err *e)
{
	struct mirror timeline = { .engine = m->floor->g, .arena = m->floor->one };
	const struct mirror_event event = { .type = "sync_failed",
					    .status = "error",
					    .competitor = m->state.competitor,
					    .message = m->says };
	bool news;

	return score_mark_put(db_of(m), &m->mark, now_ms(m), &news, e) &&
	       (!news || mirror_note(&timeline, &event, e));
}

/* The vendor's definite no is an answer: asked again when their turn comes, not at once. */
static bool write_failure(struct member *m, struct err *e)
{
	bool answered = m->mark.says.len > 0;

	return score_state_failure(db_of(m), m->turn->user, m->says, now_ms(m), e) &&
	       (!answered || write_mark(m, e)) &&
	       rota_note(db_of(m), m->floor->odl, m->turn->odl,
			 answered ? ROTA_NOTHING : ROTA_FAILED, m->odl_ms, e);
}

static bool write_scores(struct member *m, const struct ingest_who *who, struct err *e)
{
	if (!m->scored)
		return write_failure(m, e);
	if (!ingest_scores(db_of(m), m->floor->one, who, &m->scores, &m->solves, e))
		return false;
	if (m->solves.rejected > 0) {
		m->says = STR("the answer has solves that the database refuses");
		m->told.outcome = SCORE_ERROR;
		return write_failure(m, e);
	}
	m->told.outcome = m->solves.created > 0 ? SCORE_SYNCED : SCORE_NO_NEWS;
	return write_success(m, e);
}

/* Who has no totals yet will get them with the scores. */
static bool write_flash_only(struct member *m, struct err *e)
{
	bool news = flash_changed(m) && m->state.stats;

	if (!m->evented || m->told.flash_failed)
		return true;
	return score_state_flash(db_of(m), m->turn->user, m->flash_ms, news, e);
}

static bool write_all(void *arg, struct err *e)
{
	struct member *m = arg;
	const struct engine *g = m->floor->g;
	const struct ingest_who who = { .user = m->turn->user,
					.team = m->state.team,
					.number = m->scored && m->scores.user ? m->scores.user
									      : m->state.number };

	/* Again after a commit that was lost. */
	m->solves = m->flash_solves = m->flash_events = (struct ingest_counts){ 0 };
	if (g->fence && !fence_hold(g->db, g->fence, e))
		return false;
	if (m->told.flash_asked && !write_events(m, &who, e))
		return false;
	return m->turn->ask_odl ? write_scores(m, &who, e) : write_flash_only(m, e);
}

static bool write_refused(void *arg, struct err *e)
{
	struct member *m = arg;
	const struct engine *g = m->floor->g;

	if (g->fence && !fence_hold(g->db, g->fence, e))
		return false;
	if (m->told.flash_asked &&
	    !rota_note(db_of(m), m->floor->flash, m->turn->flash, ROTA_FAILED, m->flash_ms, e))
		return false;
	return !m->turn->ask_odl || write_failure(m, e);
}

/* What the database refuses of one competitor is theirs alone. */
static bool store(struct member *m, struct err *e)
{
	struct err why;

	if (db_transact(db_of(m), write_all, m, &why))
		return true;
	if (why.kind != ERR_STORE && why.kind != ERR_REMOTE) {
		*e = why;
		return false;
	}
	log_warn("a competitor's scores could not be stored: %s", why.text);
	m->says = STR("the answer could not be stored");
	m->mark = (struct score_mark){ 0 };
	m->told = (struct score_told){ .outcome = SCORE_ERROR,
				       .flash_asked = m->told.flash_asked,
				       .flash_failed = m->told.flash_asked };
	return db_transact(db_of(m), write_refused, m, e);
}

bool score_member(struct score_floor *s, const struct score_turn *t, struct score_told *out,
		  struct err *e)
{
	struct member m = { .floor = s, .turn = t };

	arena_reset(s->one);
	s->vendor.arena = s->one;
	if (!score_state_get(s->g->db, s->one, t->user, &m.state, e) ||
	    (t->ask_odl && !ask_scores(&m, e)) || (flash_due(&m) && !ask_events(&m, e)) ||
	    !store(&m, e))
		return false;
	*out = m.told;
	return true;
}
