#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""script_page.py DATABASE URL - the script after its first review: a batch and a commit per page."""
import script_target

script_target.main(rows_a_commit=100)
