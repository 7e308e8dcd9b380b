#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// script_page.mjs DATABASE URL - the script after its first review: a batch and a commit per page.
import { main } from './script_target.mjs';

await main(100);
