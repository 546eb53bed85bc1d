/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The HTML report's style sheet; holds no "<" and no "&". */
extern const char html_style[];
