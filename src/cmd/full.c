// SPDX-License-Identifier: GPL-2.0-or-later
/* The program that has every command; front.c hands over to it. */
#include "cmd/commands.h"
#include "cmd/program.h"

int main(int argc, char **argv)
{
	BUG_ON(argc < 1);
	return program_run(all_commands, argv);
}
