// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/help.h"

#include "base/buf.h"

#define OPTION_COLUMN 28

static void list_commands(FILE *out, const struct cmd *const *table)
{
	for (; *table; table++)
		fprintf(out, "  %-12s %s\n", (*table)->name, (*table)->summary);
}

static void print_option(FILE *out, const struct opt *o)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (o->letter)
		buf_addf(&b, "  -%c%s", o->letter, o->name ? ", " : "");
	else
		buf_adds(&b, "      ");
	if (o->name)
		buf_addf(&b, "--%s", o->name);
	if (o->arg)
		buf_addf(&b, "%s%s", o->name ? "=" : " ", o->arg);
	if (b.len >= OPTION_COLUMN)
		fprintf(out, "%s\n%*s%s\n", buf_str(&b), OPTION_COLUMN, "", o->help);
	else
		fprintf(out, "%-*s%s\n", OPTION_COLUMN, buf_str(&b), o->help);
}

void help_overview(FILE *out, const struct cmd *const *table)
{
	fputs("usage: carry [options] COMMAND [options] [arguments]\n\n"
	      "carry keeps one set of kernel changes alive on every line that must have it,\n"
	      "and proves it.\n\ncommands:\n",
	      out);
	list_commands(out, table);
	fputs("\noptions of every command:\n", out);
	for (const struct opt *o = habit_options; o->kind; o++) {
		if (!o->habit)
			print_option(out, o);
	}
	fputs("\n'carry help COMMAND' shows one command; 'man carry' all of it.\n", out);
}

void help_command(FILE *out, const struct cmd *cmd, const struct cmd *parent)
{
	fprintf(out, "usage: carry %s%s%s%s%s\n\n%s\n", parent ? parent->name : "",
		parent ? " " : "", cmd->name, *cmd->usage ? " " : "", cmd->usage,
		cmd->summary);
	if (cmd->subs) {
		fputs("\ncommands:\n", out);
		list_commands(out, cmd->subs);
	}
	if ((cmd->options && cmd->options->kind) || cmd->habits)
		fputs("\noptions:\n", out);
	for (const struct opt *o = cmd->options; o && o->kind; o++)
		print_option(out, o);
	for (const struct opt *o = habit_options; o->kind; o++) {
		if (o->habit && opt_applies(o, cmd))
			print_option(out, o);
	}
	fputs("\n'carry help' shows the options of every command.\n", out);
}

static void porcelain_option(FILE *out, const char *kind, const char *who,
			     const struct opt *o)
{
	char letter[3] = { '-', o->letter, '\0' };

	fprintf(out, "%s\t%s\t%s\t%s%s\t%s\t%s\n", kind, who, letter,
		o->name ? "--" : "-", o->name ? o->name : "", o->arg ? o->arg : "-",
		o->help);
}

static void porcelain_command(FILE *out, const struct cmd *cmd, const struct cmd *parent)
{
	_cleanup_buf_ struct buf who = BUF_INIT;

	buf_addf(&who, "%s%s%s", parent ? parent->name : "", parent ? " " : "",
		 cmd->name);
	fprintf(out, "command\t%s\t%s\n", buf_str(&who), cmd->summary);
	for (const struct opt *o = cmd->options; o && o->kind; o++)
		porcelain_option(out, "option", buf_str(&who), o);
	for (const struct opt *o = habit_options; o->kind; o++) {
		if (o->habit && opt_applies(o, cmd))
			porcelain_option(out, "option", buf_str(&who), o);
	}
	for (const struct cmd *const *sub = cmd->subs; sub && *sub; sub++)
		porcelain_command(out, *sub, cmd);
}

void help_porcelain(FILE *out, const struct cmd *const *table)
{
	for (const struct opt *o = habit_options; o->kind; o++)
		porcelain_option(out, o->habit ? "habit" : "option", "carry", o);
	for (; *table; table++)
		porcelain_command(out, *table, NULL);
}
