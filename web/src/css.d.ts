// SPDX-License-Identifier: Apache-2.0
// css.d.ts - style sheets are imported for their effect.
declare module '*.css';
