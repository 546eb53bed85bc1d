/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The interface of libFuzzer; each fuzz_<name>.c here defines it. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Of a target that has something to set up; called once, by libFuzzer only. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
