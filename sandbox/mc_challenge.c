/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mc_challenge.c - the catalogue of challenges: nine categories, eight subjects each, three levels.
 *
 * Of any five neighbours in a category two are worth 100 to 199 points, two 200 to 399 and one 400
 * to 600.
 */
#include "mc_data.h"

#define SUBJECTS 8
#define LEVELS (MC_CHALLENGES_EACH / SUBJECTS)
#define FIRST_ID 1001
#define RETIRED_EVERY 11

static const char *const mc_categories[MC_CATEGORIES] = {
	"operating_systems",   "forensics",    "web",   "miscellaneous",       "networking",
	"reverse_engineering", "cryptography", "osint", "binary_exploitation",
};

/* Work roles of the NICE framework. */
static const char *const roles[MC_CATEGORIES] = {
	"[\"System Administrator\",\"Technical Support Specialist\"]",
	"[\"Cyber Defense Forensics Analyst\",\"Cyber Crime Investigator\"]",
	"[\"Secure Software Assessor\",\"Vulnerability Assessment Analyst\"]",
	"[]",
	"[\"Network Operations Specialist\",\"Cyber Defense Analyst\"]",
	"[\"Software Developer\",\"Cyber Defense Incident Responder\"]",
	"[\"Security Architect\"]",
	"[\"All-Source Analyst\",\"Target Network Analyst\"]",
	"[\"Exploitation Analyst\",\"Vulnerability Assessment Analyst\"]",
};

static const char *const subjects[MC_CATEGORIES][SUBJECTS] = {
	{ "Cron Job Confusion", "Permission Puzzle", "Registry Roundup", "Shell History",
	  "Systemd Secrets", "Path Hijack", "Sudo Slip", "Lost Partition" },
	{ "Deleted but Not Gone", "Memory Lane", "Timeline Tangle", "Metadata Matters",
	  "Carved in Stone", "Browser Breadcrumbs", "Disk Detective", "Hidden in Plain Pixels" },
	{ "SQL Injection Deep Dive", "Cookie Monster", "Template Trouble", "Cross-Site Surprise",
	  "Header Hunt", "Upload Undone", "Robots Welcome", "Session Swap" },
	{ "Barcode Bazaar", "Regex Riddle", "Zip Within Zip", "Morse Remorse", "Emoji Encoder",
	  "Time Zone Trap", "Spreadsheet Sleuth", "Git Blame" },
	{ "DNS Tunneling", "Packet Patience", "Port Authority", "Handshake Headache",
	  "ARP Apparition", "Proxy Parade", "Subnet Shuffle", "Beacon Hunt" },
	{ "Strings Attached", "Unpacked Lunch", "Bytecode Blues", "License Check",
	  "Obfuscated Oracle", "Debugger Duel", "Loop the Loop", "Firmware Fable" },
	{ "AES Decryption", "Caesar Salad", "RSA Remix", "Padding Party", "Hash Harvest",
	  "One Time Too Many", "Nonce Sense", "Vigenere Voyage" },
	{ "Street Smarts", "Username Umbrella", "Archived Away", "Reverse Image Relay",
	  "Plane Spotting", "Company Ladder", "Domain Diary", "Shadow and Sun" },
	{ "Buffer Overflow Basics", "Format String Fiasco", "Return to Sender", "Heap of Trouble",
	  "Canary Song", "Off by One", "Gadget Garden", "Shellcode Shuffle" },
};

static const char *const levels[LEVELS] = { "", " II", " III" };

static int64_t points_of(unsigned which)
{
	/* Steps of 20 and 40 stay inside each bracket. */
	unsigned step = which / 5;

	switch (which % 5) {
	case 0:
	case 2:
		return 100 + 20 * (int64_t)step;
	case 1:
	case 3:
		return 200 + 40 * (int64_t)step;
	default:
		return 400 + 50 * (int64_t)step;
	}
}

/* Every title there is, so that a catalogue's texts live for ever without being made each time. */
static struct str title_of(unsigned category, unsigned which)
{
	static char texts[MC_CATEGORIES][MC_CHALLENGES_EACH][40];
	char *text = texts[category][which];

	if (!text[0]) {
		const char *subject = subjects[category][which % SUBJECTS];
		const char *level = levels[which / SUBJECTS];
		size_t n = strlen(subject);

		assert(n + strlen(level) < sizeof texts[0][0]);
		memcpy(text, subject, n);
		memcpy(text + n, level, strlen(level));
	}
	return str_from(text);
}

struct mc_challenge mc_challenge_at(unsigned category, unsigned which)
{
	unsigned number;

	category %= MC_CATEGORIES;
	which %= MC_CHALLENGES_EACH;
	number = category * MC_CHALLENGES_EACH + which;
	return (struct mc_challenge){
		.id = FIRST_ID + number,
		.points = points_of(which),
		.title = title_of(category, which),
		.category = str_from(mc_categories[category]),
		.roles = str_from(roles[category]),
		.retired = number % RETIRED_EVERY == 5,
	};
}
