// SPDX-License-Identifier: Apache-2.0
// first.js - before anything is drawn: the colours that were chosen, so that nothing flashes; and
// whether the page has the frame around it.
(() => {
	try {
		const root = document.documentElement;
		if (location.pathname === '/sign-in')
			root.dataset.bare = '';
		root.dataset.theme = localStorage.getItem('lockstep.theme') || 'auto';
		root.dataset.density = localStorage.getItem('lockstep.density') || 'normal';
	} catch {
		// Storage is switched off: as the system says.
	}
})();
