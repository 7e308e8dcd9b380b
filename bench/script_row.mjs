#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// script_row.mjs DATABASE URL - the script a team writes first: every record is an upsert of its
// own, committed at once.
import { main } from './script_target.mjs';

await main(1);
