/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Functions that have no safe use here; the name to use instead stands in the
 * error. Poisoned rather than redefined, so that a call does not compile.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy  /* buf_add(), xstrdup() */
#pragma GCC poison strcat  /* buf_adds() */
#pragma GCC poison strncpy /* memcpy() with a checked length */
#pragma GCC poison strncat /* buf_add() */
#pragma GCC poison sprintf /* buf_addf(), snprintf() */
#pragma GCC poison vsprintf
#pragma GCC poison gets
#pragma GCC poison strtok    /* slice_split() */
#pragma GCC poison tmpnam    /* fsx_tmpdir() */
#pragma GCC poison gmtime    /* gmtime_r() */
#pragma GCC poison localtime /* localtime_r() */
#pragma GCC poison ctime
#pragma GCC poison asctime
#pragma GCC poison system /* proc_run() with an argv array */
#pragma GCC poison popen
