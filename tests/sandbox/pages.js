// SPDX-License-Identifier: Apache-2.0
// pages.js - reads the leagues' pages by the marks that the vendor's facts name, for tests.
'use strict';

const PLAYER_MOD = 'nndz-Sm5yb2lPdTcxdFJibXc9PQ%3D%3D';
const TEAM_MOD = 'nndz-TjJiOWtORzkwTlJFb0NVU1NzOD0%3D';
const RATINGS_MOD = 'nndz-SkhmOW1PQ3V4Zz09';
const HISTORY_MOD = 'nndz-SkhmOW1PQ3V4dXBjakNnUA%3D%3D';

const escaped = (id) => id.replaceAll('=', '%3D');
const cardPath = (id, all = '') => `/?print&mod=${PLAYER_MOD}${all}&p=${escaped(id)}`;
const teamPath = (id) => `/?mod=${TEAM_MOD}&team=${escaped(id)}`;
const text = (html) => html.replace(/<[^>]*>/g, '').replaceAll('&amp;', '&')
	.replaceAll('&lt;', '<').replaceAll('&nbsp;', ' ').replace(/[ \t\n]+/g, ' ').trim();

// The two names, the club, and the number right before the label; null without a block.
function card(html) {
	const shown = html.replace(/<!--[^]*?-->/g, '');
	const names = [...shown.matchAll(/<div style="font-size: 30px;[^"]*" class="demi">([^]*?)<\/div>/g)];
	const club = shown.match(/<div style="font-size: 14px; height: 12px; line-height:7px;[^"]*">([^]*?)<\/div>/);
	const block = shown.match(new RegExp('<span class="demi" style="font-size: 30px;">([^<]*)</span>' +
		'\\s*<div class="clearfix"></div>\\s*<span style="color: #b5b5b5;font-size: 14px;">\\s*' +
		'(?:Paddle|Platform) Tennis Index\\s*</span>'));
	if (names.length < 2 || !club) return null;
	return {
		name: text(`${names[0][1]} ${names[1][1]}`),
		first: text(names[0][1]),
		last: text(names[1][1]),
		club: text(club[1]),
		pti: block && /^-?\d{1,3}\.\d$/.test(block[1].trim()) ? Number(block[1]) : null,
	};
}

function roster(html) {
	const table = html.match(/<table [^>]*team_roster_table[^>]*>([^]*?)<\/table>/);
	if (!table) return null;
	const rows = [...table[1].matchAll(/<tr>([^]*?)<\/tr>/g)].map((m) => m[1]);
	const heads = [...rows[0].matchAll(/<th[^>]*>([^]*?)<\/th>/g)].map((m) => text(m[1]));
	const column = heads.indexOf('R');
	const players = [];
	let section = '';
	for (const row of rows.slice(1)) {
		const title = row.match(/<th colspan="(\d)"[^>]*>([^<]*)<\/th>/);
		if (title) {
			section = title[2];
			continue;
		}
		const link = row.match(/href="\/player\.php\?print&p=([^"]*)">([^]*?)<\/a>([^]*?)<\/td>/);
		const cells = [...row.matchAll(/<td[^>]*>([^]*?)<\/td>/g)].map((m) => text(m[1]));
		players.push({ id: link[1].replaceAll('%3D', '='), name: text(link[2]), mark: text(link[3]),
			tick: row.includes('&#10004;'), section,
			pti: column < 0 || cells[column] === '' ? null : Number(cells[column]) });
	}
	return { team: heads[0], rated: column >= 0, players };
}

function ratings(html) {
	return [...html.matchAll(/<tr class="teams[^"]*">([^]*?)<\/tr>/g)].map((m) => {
		const cells = [...m[1].matchAll(/<td[^>]*>([^]*?)<\/td>/g)].map((c) => text(c[1]));
		return { id: m[1].match(/uid=([^"]*)"/)[1].replaceAll('%3D', '='), first: cells[0],
			last: cells[1], pti: cells[4] === '' ? null : Number(cells[4]) };
	});
}

module.exports = { PLAYER_MOD, TEAM_MOD, RATINGS_MOD, HISTORY_MOD, escaped, cardPath, teamPath, card,
	roster, ratings };
