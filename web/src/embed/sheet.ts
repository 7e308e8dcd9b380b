// SPDX-License-Identifier: Apache-2.0
// sheet.ts - how <sync-link-card> looks: its own style, which nothing of the page around it reaches
// but through the variables --sync-card-….

export const SHEET = `
:host { display: block; color-scheme: inherit; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; margin: 0; padding: 0; }
.card {
	--surface: var(--sync-card-surface, light-dark(#fff, #1b1e24));
	--text: var(--sync-card-text, light-dark(#1c2029, #e8eaee));
	--quiet: var(--sync-card-quiet, light-dark(#59606c, #a4abb8));
	--line: var(--sync-card-line, light-dark(#dfe3e8, #363c47));
	--accent: var(--sync-card-accent, light-dark(#2853c3, #86aaf5));
	--on-accent: var(--sync-card-on-accent, light-dark(#fff, #10182b));
	--good: var(--sync-card-good, light-dark(#0b6b3d, #66cf95));
	--bad: var(--sync-card-bad, light-dark(#b3201f, #f08a80));
	--round: var(--sync-card-radius, 8px);
	display: flex; flex-direction: column; gap: 12px; padding: 18px 20px; max-width: 460px;
	border: 1px solid var(--line); border-radius: var(--round); background: var(--surface); color: var(--text);
	font: 14px/1.5 var(--sync-card-font, system-ui, sans-serif); font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
header { display: flex; align-items: center; gap: 10px; }
h2 { font-size: 16px; font-weight: 640; }
header + .quiet { margin-top: -8px; }
.quiet { color: var(--quiet); font-size: 13px; }
.badge { padding: 1px 8px; border-radius: 10px; border: 1px solid currentColor; color: var(--good); font-size: 12px; font-weight: 560; }
.now { display: flex; justify-content: space-between; align-items: center; gap: 16px; padding: 14px 16px; border: 1px solid var(--line); border-radius: var(--round); }
.value { font-size: 30px; line-height: 1.2; font-weight: 680; }
.right { text-align: right; }
form { display: flex; flex-direction: column; gap: 8px; }
label { font-weight: 560; }
input { width: 100%; min-height: 38px; padding: 6px 10px; border: 1px solid var(--quiet); border-radius: 6px; background: var(--surface); color: inherit; font: inherit; }
input[aria-invalid] { border-color: var(--bad); }
.box { padding: 10px 14px; border: 1px solid var(--line); border-radius: 6px; font-size: 13px; }
.bad { color: var(--bad); border-color: var(--bad); }
ol { padding-left: 18px; margin-top: 4px; }
footer { display: flex; flex-wrap: wrap; gap: 8px; }
button { min-height: 36px; padding: 0 14px; border: 1px solid var(--line); border-radius: 6px; background: var(--surface); color: inherit; font: inherit; font-weight: 560; cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.ghost { border-color: transparent; background: none; }
button:hover { filter: brightness(0.97); }
button[aria-disabled="true"] { background: none; border-color: var(--line); color: var(--quiet); cursor: progress; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.toast { font-size: 13px; font-weight: 560; }
.toast:empty { display: none; }
.toast.good { color: var(--good); }
.toast.bad { color: var(--bad); border: 0; }
.bones { display: flex; flex-direction: column; gap: 10px; }
.bones i { display: block; height: 16px; border-radius: 4px; background: var(--line); }
.bones i:last-child { width: 60%; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;
