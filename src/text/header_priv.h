/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the header parser share; nobody else includes it. */

#include "text/header.h"

/* "Name: value"; also DEP-3's and RHEL's two names that have a blank or are odd. */
bool parse_field(struct slice line, struct slice *name, struct slice *value);
/* Finds trailers and notes of @message, which begins in line @at; sets trailers_end. */
void parse_message(struct header *h, struct slice message, unsigned at);
