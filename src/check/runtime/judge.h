/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What two boots come to, one of the base and one with the series. The base is the
 * control of the same cell: a check that is to show the series must fail there, or it
 * shows nothing. What is wrong with the base is never laid to the series.
 */

#include "check/runtime/console.h"
#include "engine/verdict.h"
#include "store/conf.h"

/*
 * VERDICT_FAIL when a check fails with the series. VERDICT_ERROR when the boots made
 * different checks, or the base warns by itself or does not fail where @rt says that it
 * must and only there. Sets the facts.
 */
void runtime_judge(const struct conf_runtime *rt, const struct console *base,
		   const struct console *patched, struct verdict *v);
