#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""script_row.py DATABASE URL - the script a team writes first: every record is an upsert of its own,
committed at once."""
import script_target

script_target.main(rows_a_commit=1)
