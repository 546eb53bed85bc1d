/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Shell completions out of the command table. Names of targets are not in them:
 * the shell asks `carry target list --porcelain` when it needs one.
 */

#include "cmd/env.h"

void complete_bash(FILE *out, const struct cmd *const *table);
void complete_zsh(FILE *out, const struct cmd *const *table);
void complete_fish(FILE *out, const struct cmd *const *table);
