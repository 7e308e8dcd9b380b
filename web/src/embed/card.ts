// SPDX-License-Identifier: Apache-2.0
// card.ts - <sync-link-card>: a player's link to their rating, for any page.

class SyncLinkCard extends HTMLElement {}

if (!customElements.get('sync-link-card'))
	customElements.define('sync-link-card', SyncLinkCard);
