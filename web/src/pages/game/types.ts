// SPDX-License-Identifier: Apache-2.0
// types.ts - what the server tells of the game platform's figures.

export interface Card {
	value: number;
	of: number | null;
	/** Against the range before this one, of the same length; null for all time. */
	delta: number | null;
	sparkline: number[];
}

export interface Kpis {
	activeOnPlatform: Card;
	registeredCompetitors: Card;
	teamEnrollment: Card;
	totalChallenges: Card;
	monthlyParticipation: Card;
}

export interface Entry {
	competitorId: string;
	name: string;
	teamId: string | null;
	teamName: string | null;
	rank: number;
	challenges: number;
	totalPoints: number;
	ctfChallenges: number;
	lastActivity: string | null;
}

export interface Topic {
	topic: string;
	challenges: number;
	score: number;
	latest: string | null;
}

export interface Month {
	/** 2026-11 */
	month: string;
	participants: number;
	events: number;
	challenges: number;
	score: number;
}

export interface Student {
	competitorId: string;
	name: string;
	teamName: string | null;
	thisMonthEvents: number;
	last3MonthsAvg: number;
	totalEvents12mo: number;
	challengesSolved: number;
	score: number;
	lastParticipated: string | null;
	status: 'none' | 'declining' | 'active';
}

export interface Momentum {
	students: Student[];
	totalStudents: number;
	/** How many of each; `status` of the question does not change them. */
	alerts: { noParticipation: number; declining: number };
	monthlyTotals: Month[];
}

export interface FlashEvent {
	eventId: string;
	name: string | null;
	startedAt: string | null;
	challengesSolved: number;
	score: number;
	rank: number | null;
	maxPoints: number | null;
	challenges: { name: string | null; category: string | null; points: number | null; solvedAt: string | null }[];
}

export interface Tile {
	teamId: string;
	name: string;
	division: string | null;
	affiliation: string | null;
	totalMembers: number;
	syncedMembers: number;
	pendingMembers: number;
	totalChallenges: number;
	totalPoints: number;
	avgScore: number;
	lastSync: string | null;
	syncError: string | null;
	onPlatform: boolean;
}

export interface Member {
	competitorId: string;
	name: string;
	position: number | null;
	status: string;
	isActive: boolean;
	platformId: string | null;
	sync: string;
	syncError: string | null;
	challenges: number;
	points: number;
	ctfChallenges: number;
	lastActivity: string | null;
}

export interface Roster {
	onPlatform: Member[];
	awaiting: Member[];
	roster: Member[];
}

export interface Alert {
	competitorId: string;
	name: string;
	teamName: string | null;
	reason?: string | null;
	error?: string | null;
	action?: 'approval' | 'activation';
	lastActivity?: string | null;
	since?: string | null;
}

export type AlertKind = 'unsyncedCompetitors' | 'syncErrors' | 'staleCompetitors' | 'actionRequired';

export type Alerts = Record<AlertKind, Alert[]> & {
	totals: Record<AlertKind, number>;
	/** What to say of those that are empty. */
	texts: Partial<Record<AlertKind, string>>;
};

export interface Happening {
	at: string;
	type: string;
	title: string | null;
	points: number | null;
	competitorId: string | null;
	name: string | null;
	teamId: string | null;
	status: string | null;
}

/** How much happened on a day, UTC. */
export interface Day {
	day: string;
	events: number;
}

export interface Coach {
	id: string;
	full_name: string | null;
	first_name: string | null;
	last_name: string | null;
	email: string | null;
	school_name: string;
}

export interface PlatformStatus {
	enabled: boolean;
	configured: boolean;
	runs: { status: string; completed_at?: string | null; completedAt?: string | null }[];
}

/** A team as the application keeps it. */
export interface Team {
	id: string;
	coach_id: string;
	name: string;
	division: string | null;
	members_count: number;
}
