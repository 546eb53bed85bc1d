// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/proc.h"
#include "check/object/object.h"

/*
 * Each file of the cases says what a person expects of it; it is compiled by each
 * compiler that is here. What compilers seldom write is assembled by hand below.
 */
#define CASES "tests/data/object"

struct tool {
	const char *name;
	bool arm;
	const char *argv[4];
};

static const struct tool tools[] = {
	{ "gcc x86_64", false, { "gcc", "-m64", "-fcf-protection=none" } },
	{ "clang x86_64", false, { "clang", "--target=x86_64-linux-gnu" } },
	{ "gcc arm64", true, { "aarch64-linux-gnu-gcc" } },
	{ "clang arm64", true, { "clang", "--target=aarch64-linux-gnu" } },
};

static const char *const locks[] = { "mutex_(try)?lock", "down_read(_trylock)?", NULL };

static char *tmp;

/* A case as its file tells it. */
struct given {
	struct buf text;
	struct strvec handlers, flags;
	unsigned line;
	uint64_t mask;
	char *expect; /* "fail object-late" */
};

static void given_release(struct given *g)
{
	buf_release(&g->text);
	strvec_release(&g->handlers);
	strvec_release(&g->flags);
	free(g->expect);
}

/* What follows @name in a comment of its own; the caller frees. */
static char *field(const struct given *g, const char *name)
{
	_cleanup_free_ char *open = xasprintf("/* %s: ", name);
	const char *at = strstr(buf_str(&g->text), open);
	const char *end = at ? strstr(at, " */") : NULL;

	if (!end)
		return NULL;
	at += strlen(open);
	return xmemdupz(at, (size_t)(end - at));
}

/* As field(), or what holds for all architectures. */
static char *field_of(const struct given *g, const char *name, const struct tool *t)
{
	_cleanup_free_ char *own = xasprintf("%s-arm64", name);
	char *value = t->arm ? field(g, own) : NULL;

	return value ? value : field(g, name);
}

static void split(const char *text, struct strvec *to)
{
	struct slice rest = slice_str(text), word;

	while (slice_split(&rest, ' ', &word))
		strvec_pushf(to, "%.*s", SLICE_ARG(word));
}

static void given_read(struct given *g, const char *path, const struct tool *t)
{
	_cleanup_free_ char *flags = NULL, *handlers = NULL, *mask = NULL;
	struct slice rest, line;
	struct err e = { 0 };

	*g = (struct given){ .mask = 8 };
	assert_int_equal(fsx_read(path, &g->text, &e), 0);
	rest = buf_slice(&g->text);
	for (unsigned n = 1; slice_line(&rest, &line); n++) {
		if (memmem(line.p, line.n, "/* here */", strlen("/* here */")))
			g->line = n;
	}
	flags = field_of(g, "flags", t);
	handlers = field(g, "handlers");
	mask = field(g, "mask");
	split(handlers ? handlers : "fault", &g->handlers);
	if (flags)
		split(flags, &g->flags);
	if (mask)
		g->mask = strtoull(mask, NULL, 0);
	g->expect = field_of(g, "expect", t);
	assert_non_null(g->expect);
}

/* Compiles @source to @object; false when the compiler is not here. */
static bool compile(const struct tool *t, const char *layout, const struct strvec *flags,
		    const char *source, const char *object)
{
	_cleanup_strvec_ struct strvec argv = { 0 };
	_cleanup_proc_ struct proc_result r = { 0 };
	_cleanup_free_ char *where = proc_find(t->argv[0]);
	struct err e = { 0 };

	if (!where)
		return false;
	strvec_push_all(&argv, t->argv);
	strvec_pushf(&argv, "-DLAYOUT=%s", layout);
	strvec_push_all(&argv, (const char *const[]){ "-O2", "-fno-pic", "-w", NULL });
	for (size_t i = 0; flags && i < flags->n; i++)
		strvec_push(&argv, flags->v[i]);
	strvec_push_all(&argv, (const char *const[]){ "-c", "-o", object, source, NULL });
	if (proc_check(&(struct proc_spec){ .argv = (const char *const *)argv.v }, &r,
		       &e))
		fail_msg("%s", e.msg);
	return true;
}

/* "fail object-late object-x": the status and the findings that decide. */
static char *judge(const struct object_query *q)
{
	struct object_report *r = NULL;
	struct buf said = BUF_INIT;
	struct err e = { 0 };
	struct verdict v;
	json_t *finding;
	size_t i;

	if (object_examine(q, &r, &e))
		return xstrdup(e.msg);
	verdict_init(&v);
	object_judge(r, &v);
	buf_adds(&said, verdict_name(v.status));
	json_array_foreach(v.findings, i, finding)
	{
		if (!strcmp(json_string_value(json_object_get(finding, "level")),
			    "error"))
			buf_addf(&said, " %s",
				 json_string_value(json_object_get(finding, "id")));
	}
	verdict_release(&v);
	object_report_free(r);
	return buf_take(&said);
}

/* Whether the status is the expected one, and the finding one of those said. */
static bool as_expected(const char *said, const char *expect)
{
	const char *finding = strchr(expect, ' ');
	size_t n = finding ? (size_t)(finding - expect) : strlen(expect);
	_cleanup_free_ char *ended = xasprintf("%s ", said);
	_cleanup_free_ char *wanted = finding ? xasprintf("%s ", finding) : NULL;

	return !strncmp(said, expect, n) && (said[n] == ' ' || !said[n]) &&
	       (wanted ? strstr(ended, wanted) != NULL : !said[n]);
}

struct job {
	char *path;
	const char *layout;
	const struct tool *tool;
	char *name;
};

static void case_is_judged_rightly(void **state)
{
	const struct job *j = *state;
	_cleanup_free_ char *object = path_join(tmp, "case.o");
	_cleanup_free_ char *said = NULL;
	struct given g;

	given_read(&g, j->path, j->tool);
	if (!compile(j->tool, j->layout, &g.flags, j->path, object)) {
		given_release(&g);
		skip();
	}
	said = judge(
		&(struct object_query){ .path = object,
					.handlers = (const char *const *)g.handlers.v,
					.source = strrchr(j->path, '/') + 1,
					.lines = &g.line,
					.nlines = 1,
					.mask = g.mask,
					.locks = locks });
	if (!as_expected(said, g.expect))
		fail_msg("expected '%s', got '%s'", g.expect, said);
	given_release(&g);
}

/*
 * Ways to ask for bit 3 of a word, that go to 9 when it is set; 8 is where the
 * lock is taken. The rest of the function stands in the frames below.
 */
struct idiom {
	const char *expect;
	const char *code;
};

static const struct idiom x86_idioms[] = {
	{ "pass", "testb $8, 40(%rdi); jne 9f" },
	{ "pass", "testl $8, 40(%rdi); jnz 9f" },
	{ "pass", "mov 40(%rdi), %eax; and $8, %eax; jne 9f" },
	{ "pass", "mov 40(%rdi), %eax; and $8, %eax; cmp $8, %eax; je 9f" },
	{ "pass", "mov 40(%rdi), %eax; btl $3, %eax; jc 9f" },
	{ "pass", "btl $3, 40(%rdi); jnc 8f; jmp 9f" },
	{ "pass", "mov 40(%rdi), %eax; shr $3, %eax; and $1, %eax; jne 9f" },
	{ "pass", "mov 40(%rdi), %eax; shr $3, %eax; test $1, %al; jne 9f" },
	{ "pass", "mov 40(%rdi), %ebx; shr $3, %ebx; and $1, %ebx; call note; "
		  "test %bl, %bl; jne 9f" },
	{ "pass",
	  "testb $8, 40(%rdi); setne %al; movzbl %al, %eax; test %eax, %eax; jne 9f" },
	{ "pass", "testb $8, 40(%rdi); sete %al; xor $1, %eax; test %al, %al; jne 9f" },
	{ "pass", "testb $8, 40(%rdi); sete %al; cmp $1, %al; jne 9f" },
	{ "pass", "lea 40(%rdi), %rbx; call note; testb $8, (%rbx); jne 9f" },
	{ "pass", "lea 39(%rdi), %rbx; call note; testb $8, 1(%rbx); jne 9f" },
	{ "pass", "mov $8, %ecx; test %ecx, 40(%rdi); jne 9f" },
	{ "pass", "test %rsi, %rsi; je 3f; jmp *%rsi; 3: testb $8, 40(%rdi); jne 9f" },
	{ "pass", "mov %edi, %eax; test $8, %al; jne 9f" },
	{ "pass", "mov 40(%rdi), %eax; mov %eax, 8(%rsp); testb $8, 8(%rsp); jne 9f" },
	{ "pass", "mov 40(%rdi), %eax; not %eax; test $8, %al; je 9f" },
	{ "pass", "testb $8, 40(%rdi); jne 9f; test %rsi, %rsi; je 8f; call panic" },
	{ "pass",
	  "test %rsi, %rsi; jne 3f; testb $8, 40(%rdi); jne 9f; jmp 8f; 3: call panic" },
	/* other bits */
	{ "fail object-unguarded", "mov 40(%rdi), %eax; test $8, %ah; jne 9f" },
	{ "fail object-unguarded", "testb $8, 41(%rdi); jne 9f" },
	{ "fail object-unguarded",
	  "lea 41(%rdi), %rbx; call note; testb $8, (%rbx); jne 9f" },
	{ "fail object-unguarded",
	  "mov 40(%rdi), %eax; shr $3, %eax; test $8, %al; jne 9f" },
	{ "fail object-unguarded",
	  "mov 40(%rdi), %eax; shr $2, %eax; test $1, %al; jne 9f" },
	{ "fail object-unguarded", "btl $4, 40(%rdi); jc 9f" },
	{ "fail object-unguarded",
	  "mov 40(%rdi), %eax; and $4, %eax; test $8, %eax; jne 9f" },
	/* other senses */
	{ "fail object-unguarded", "testb $8, 40(%rdi); je 9f" },
	{ "fail object-unguarded", "testb $8, 40(%rdi); jle 9f" },
	{ "fail object-unguarded", "btl $3, 40(%rdi); jnc 9f" },
	{ "fail object-unguarded",
	  "testb $8, 40(%rdi); sete %al; test %al, %al; jne 9f" },
	{ "fail object-unguarded", "cmpl $8, 40(%rdi); je 9f" },
	{ "fail object-unguarded", "testb $8, 40(%rdi); add $1, %rsi; jne 9f" },
	{ "fail object-unguarded",
	  "mov 40(%rdi), %eax; not %eax; test $0x48, %al; je 9f" },
	{ "fail object-unguarded", "mov 40(%rdi), %eax; not %eax; test $8, %al; jne 9f" },
	/* what nobody can tell */
	{ "error object-undecided", "testb $8, 40(%rdi); call note; jne 9f" },
	{ "error object-undecided", "test %esi, 40(%rdi); jne 9f" },
	{ "error object-undecided", "cmpl $0, 8(%rsp); jne 9f" },
	{ "error object-undecided",
	  "mov 40(%rdi), %eax; imul $3, %eax; test $8, %al; jne 9f" },
	{ "error object-undecided", ".byte 0x06; testb $8, 40(%rdi); jne 9f" },
	{ "error object-undecided", "jmp *7f(,%rsi,8); testb $8, 40(%rdi); jne 9f" },
	{ "error object-undecided",
	  "test %rsi, %rsi; je 8b - 400000; testb $8, 40(%rdi); jne 9f" },
	/* patched: as built, the test is passed */
	{ "fail object-unguarded",
	  "3: nopl 0(%rax,%rax,1); testb $8, 40(%rdi); jne 9f\n"
	  ".pushsection __jump_table,\"aw\"; .long 3b - ., 8f - .; .quad 0; .popsection" },
	{ "fail object-unguarded",
	  "3: jmp 4f; jmp 8f; 4: testb $8, 40(%rdi); jne 9f\n"
	  ".pushsection __jump_table,\"aw\"; .long 3b - ., 4b - .; .quad 0; .popsection" },
	{ "fail object-unguarded",
	  "3: .byte 0x0f, 0x1f, 0x44, 0, 0; testb $8, 40(%rdi); jne 9f\n"
	  ".pushsection .altinstructions,\"a\"; .long 3b - ., 4f - .; .short 0\n"
	  ".byte 5, 5; .popsection\n"
	  ".pushsection .altinstr_replacement,\"ax\"; 4: .byte 0xe9; .long 8f - . - 4\n"
	  ".popsection" },
	{ "fail object-unguarded",
	  "3: .byte 0xe9; .long 4f - . - 4; jmp 8f; 4: testb $8, 40(%rdi); jne 9f\n"
	  ".pushsection .altinstructions,\"a\"; .long 3b - ., 4f - .; .long 0\n"
	  ".byte 5, 0; .popsection\n"
	  ".pushsection .altinstr_replacement,\"ax\"; 4: nop; .popsection" },
	{ "fail object-unguarded",
	  "3: mov (%rsi), %rax; testb $8, 40(%rdi); jne 9f\n"
	  ".pushsection __ex_table,\"a\"; .long 3b - ., 8f - ., 1; .popsection" },
};

static const struct idiom arm64_idioms[] = {
	{ "pass", "ldr w0, [x0, #40]; tbnz w0, #3, 9f" },
	{ "pass", "ldr w0, [x0, #40]; tbz w0, #3, 8f; b 9f" },
	{ "pass", "ldr w0, [x0, #40]; tst w0, #8; b.ne 9f" },
	{ "pass", "ldr w0, [x0, #40]; ands w1, w0, #8; b.ne 9f" },
	{ "pass", "ldr w0, [x0, #40]; and w1, w0, #8; cbnz w1, 9f" },
	{ "pass", "ldr w0, [x0, #40]; ubfx w1, w0, #3, #1; cbnz w1, 9f" },
	{ "pass", "ldr w0, [x0, #40]; lsr w1, w0, #3; tbnz w1, #0, 9f" },
	{ "pass", "ldr w0, [x0, #40]; tst w0, #8; cset w19, ne; bl note; cbnz w19, 9f" },
	{ "pass", "ldr w0, [x0, #40]; tst w0, #8; cset w1, eq; cbz w1, 9f" },
	{ "pass", "ldrb w0, [x0, #40]; tbnz w0, #3, 9f" },
	{ "pass", "ldp w1, w0, [x0, #36]; tbnz w0, #3, 9f" },
	{ "pass",
	  "add x19, x0, #40; mov x0, x19; bl note; ldr w0, [x19]; tbnz w0, #3, 9f" },
	{ "pass", "mov w1, #8; ldr w0, [x0, #40]; tst w0, w1; b.ne 9f" },
	{ "pass", "ldr w0, [x0, #40]; and w1, w0, #8; cmp w1, #0; b.ne 9f" },
	{ "pass", "hint #25; ldr w0, [x0, #40]; tbnz w0, #3, 9f" },
	{ "pass", "ldr w0, [x0, #40]; brk #0x900; tbnz w0, #3, 9f" },
	{ "pass", ".inst 0xb8210041; ldr w0, [x0, #40]; tbnz w0, #3, 9f" },
	{ "pass", "cbz x1, 3f; .inst 0xd71f0820; 3: ldr w0, [x0, #40]; tbnz w0, #3, 9f" },
	{ "pass", "cbnz x1, 3f; ldr w0, [x0, #40]; tbnz w0, #3, 9f; b 8f; 3: bl panic" },
	/* other bits and senses */
	{ "fail object-unguarded", "ldrb w0, [x0, #41]; tbnz w0, #3, 9f" },
	{ "fail object-unguarded", "ldr w0, [x0, #40]; tbnz w0, #4, 9f" },
	{ "fail object-unguarded", "ldr w0, [x0, #40]; tbz w0, #3, 9f" },
	{ "fail object-unguarded",
	  "ldr w0, [x0, #40]; ubfx w1, w0, #2, #1; cbnz w1, 9f" },
	{ "fail object-unguarded", "ldr w0, [x0, #40]; tst w0, #8; b.eq 9f" },
	{ "fail object-unguarded", "ldr w0, [x0, #40]; cmp w0, #8; b.eq 9f" },
	{ "fail object-unguarded",
	  "ldr w0, [x0, #40]; tst w0, #8; adds x1, x1, #1; b.ne 9f" },
	/* what nobody can tell */
	{ "error object-undecided", "ldr w0, [x0, #40]; tst w0, w1; b.ne 9f" },
	{ "error object-undecided", "ldr w0, [sp, #8]; cbnz w0, 9f" },
	{ "error object-undecided",
	  "adr x1, 8f; br x1; ldr w0, [x0, #40]; tbnz w0, #3, 9f" },
	{ "error object-undecided",
	  ".inst 0x54000010; ldr w0, [x0, #40]; tbnz w0, #3, 9f" },
	{ "fail object-unguarded",
	  "tst w1, #8; ccmp w0, #0, #4, ne; ldr w0, [x0, #40]; b.ne 9f" },
	/* patched */
	{ "fail object-unguarded",
	  "3: nop; ldr w0, [x0, #40]; tbnz w0, #3, 9f\n"
	  ".pushsection __jump_table,\"aw\"; .long 3b - ., 8f - .; .quad 0; .popsection" },
	{ "fail object-unguarded",
	  "3: b 4f; b 8f; 4: ldr w0, [x0, #40]; tbnz w0, #3, 9f\n"
	  ".pushsection .altinstructions,\"a\"; .long 3b - ., cb - .; .short 0\n"
	  ".byte 4, 0; .popsection" },
	{ "fail object-unguarded",
	  "3: ldr x2, [x1]; ldr w0, [x0, #40]; tbnz w0, #3, 9f\n"
	  ".pushsection __ex_table,\"a\"; .long 3b - ., 8f - ., 1; .popsection" },
	{ "fail object-unguarded",
	  "3: ldr x2, [x1]; 4: ldr x2, [x1]; ldr w0, [x0, #40]; tbnz w0, #3, 9f\n"
	  ".pushsection __ex_table,\"a\"; .long 3b - ., 9f - ., 4b - ., 8f - .\n"
	  ".popsection" },
};

/* A function of its own for each, whose warning is on a line of its own. */
static void idiom_add(struct buf *text, const struct tool *t, const char *code, size_t i)
{
	const char *rest = t->arm ? "8: bl mutex_lock; ret; 9: brk #0x800; b 8b"
				  : "8: call mutex_lock; ret; 9: ud2; jmp 8b";

	buf_addf(text, ".text; nop; nop; .balign 16; .type fault_%zu, %%function\n", i);
	buf_addf(text, "fault_%zu: %s\n%s\n.size fault_%zu, . - fault_%zu\n", i, code,
		 rest, i, i);
	buf_addf(text,
		 ".pushsection __bug_table,\"aw\"\n"
		 ".long 9b - ., 7f - .; .short %zu, 0x903\n"
		 ".popsection\n"
		 ".pushsection .rodata.str1.1,\"aMS\",%%progbits,1\n"
		 ".byte 0; 7: .string \"/abs/x/y.c\"\n"
		 ".popsection\n",
		 i);
}

static void ask_idiom(const char *object, const struct idiom *idiom, size_t i,
		      unsigned *wrong)
{
	_cleanup_free_ char *name = xasprintf("fault_%zu", i);
	_cleanup_free_ char *said = NULL;
	const unsigned line = (unsigned)i;

	said = judge(
		&(struct object_query){ .path = object,
					.handlers = (const char *const[]){ name, NULL },
					.source = "x/y.c",
					.lines = &line,
					.nlines = 1,
					.mask = 8,
					.locks = locks });
	if (as_expected(said, idiom->expect))
		return;
	print_error("%s\n\texpected '%s', got '%s'\n", idiom->code, idiom->expect, said);
	++*wrong;
}

static bool assemble(const struct tool *t, const struct buf *text, const char *object)
{
	_cleanup_free_ char *source = path_join(tmp, "idiom.s");
	struct err e = { 0 };

	assert_int_equal(fsx_publish(source, buf_slice(text), &e), 0);
	return compile(t, "0", NULL, source, object);
}

/* All in one object; those with tables of their own alone. */
static void idioms_are_understood(void **state)
{
	const struct tool *t = *state;
	const struct idiom *all = t->arm ? arm64_idioms : x86_idioms;
	size_t n = t->arm ? ARRAY_SIZE(arm64_idioms) : ARRAY_SIZE(x86_idioms);
	_cleanup_free_ char *object = path_join(tmp, "idiom.o");
	_cleanup_buf_ struct buf common = BUF_INIT;
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		_cleanup_buf_ struct buf alone = BUF_INIT;

		if (!strstr(all[i].code, "pushsection")) {
			idiom_add(&common, t, all[i].code, i);
			continue;
		}
		idiom_add(&alone, t, all[i].code, i);
		if (!assemble(t, &alone, object))
			skip();
		ask_idiom(object, &all[i], i, &wrong);
	}
	if (!assemble(t, &common, object))
		skip();
	for (size_t i = 0; i < n; i++) {
		if (!strstr(all[i].code, "pushsection"))
			ask_idiom(object, &all[i], i, &wrong);
	}
	assert_int_equal(wrong, 0);
}

/* An object to damage, and what is asked of it. */
static const char *const damage_handlers[] = { "fault", "dispatch", NULL };
static const unsigned damage_line = 12;

static struct object_query damage_query(const char *object)
{
	return (struct object_query){ .path = object,
				      .handlers = damage_handlers,
				      .source = "inlined.c",
				      .lines = &damage_line,
				      .nlines = 1,
				      .mask = 8,
				      .locks = locks };
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Whatever is in it, it is examined or refused; what comes out can be shown. */
static void survive(const char *object, struct slice bytes)
{
	struct object_query q = damage_query(object);
	struct object_report *r = NULL;
	struct err e = { 0 };
	struct verdict v;
	_cleanup_fd_ int fd =
		open(object, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fsx_write_all(fd, bytes, object, &e), 0);
	if (object_examine(&q, &r, &e)) {
		assert_true(*e.msg);
		return;
	}
	verdict_init(&v);
	object_judge(r, &v);
	assert_int_not_equal(v.status, VERDICT_NONE);
	verdict_release(&v);
	object_report_free(r);
}

static void damaged_objects_are_survived(void **state)
{
	_cleanup_free_ char *object = path_join(tmp, "damaged.o");
	_cleanup_strvec_ struct strvec flags = { 0 };
	_cleanup_buf_ struct buf good = BUF_INIT, bad = BUF_INIT;
	uint64_t seed = 20260101;
	struct err e = { 0 };

	strvec_push(&flags, "-g");
	if (!compile(*state, "601", &flags, CASES "/inlined.c", object))
		skip();
	assert_int_equal(fsx_read(object, &good, &e), 0);
	for (size_t n = 0; n < good.len; n += 61)
		survive(object, (struct slice){ good.data, n });
	for (unsigned round = 0; round < 400; round++) {
		buf_clear(&bad);
		buf_add(&bad, good.data, good.len);
		for (unsigned i = next_random(&seed) % 8 + 1; i; i--)
			bad.data[next_random(&seed) % bad.len] = (char)next_random(&seed);
		survive(object, buf_slice(&bad));
	}
}

static void reasons_are_given(const char *object, struct object_query q,
			      const char *reason)
{
	struct object_report *r = NULL;
	struct err e = { 0 };

	q.path = object;
	assert_int_not_equal(object_examine(&q, &r, &e), 0);
	if (!strstr(e.msg, reason))
		fail_msg("expected '%s' in '%s'", reason, e.msg);
}

static void wrong_questions_are_refused(void **state)
{
	static const char *const none[] = { NULL }, *const bad[] = { "a(", NULL };
	struct object_query q = damage_query("x"), asked = q;

	(void)state;
	reasons_are_given("/nonexistent.o", q, "No such file");
	reasons_are_given(CASES "/mini.h", q, "not an ELF file");
	reasons_are_given("/proc/self/exe", q, "not a relocatable one");
	asked.handlers = none;
	reasons_are_given("x", asked, "no handler was named");
	asked = q;
	asked.nlines = 0;
	reasons_are_given("x", asked, "no line of a source was named");
	asked = q;
	asked.mask = 0;
	reasons_are_given("x", asked, "the mask is 0");
	asked = q;
	asked.locks = bad;
	reasons_are_given("x", asked, "cannot use 'a(' as a name of locks");
}

/* Whole objects, assembled; the warning is on line 5 of x/y.c. */
static void assert_judged(const struct tool *t, const char *text, const char *expect)
{
	static const char *const handlers[] = { "fault", NULL };
	_cleanup_free_ char *object = path_join(tmp, "whole.o");
	_cleanup_buf_ struct buf source = BUF_INIT;
	_cleanup_free_ char *said = NULL;
	const unsigned line = 5;

	buf_adds(&source, text);
	buf_adds(&source, ".pushsection .rodata.str1.1,\"aMS\",%progbits,1\n"
			  "7: .string \"x/y.c\"; .popsection\n");
	if (!assemble(t, &source, object))
		skip();
	said = judge(&(struct object_query){ .path = object,
					     .handlers = handlers,
					     .source = "x/y.c",
					     .lines = &line,
					     .nlines = 1,
					     .mask = 8,
					     .locks = locks });
	assert_string_equal(said, expect);
}

/*
 * A warning with a format is a call on x86 from 7.2 on: the entry's address is
 * loaded just before the place that it names, and passed.
 */
static void passed_entries_are_warnings(void **state)
{
	assert_judged(
		*state,
		".text; .type fault, %function\n"
		"fault: testb $8, 40(%rdi); jne 9f; 8: call mutex_lock; ret\n"
		"9: lea 2f(%rip), %rdi; 1: mov $3, %esi; call __SCT__WARN_trap; jmp 8b\n"
		".size fault, . - fault\n"
		".pushsection __bug_table,\"aw\"\n"
		"2: .long 1b - ., 7f - ., 7f - .; .short 5, 0x913; .popsection\n",
		"pass");
}

/* Its beginning is in the caller, with the test; the part has but the lock. */
static void parts_are_guarded_by_callers(void **state)
{
	assert_judged(
		*state,
		".text; .type page, %function; .type fault.part.0, %function\n"
		"page: testb $8, 40(%rdi); jne 9f; 8: call fault.part.0; ret\n"
		"9: ud2; jmp 8b; .size page, . - page\n"
		"fault.part.0: call mutex_lock; ret; .size fault.part.0, . - fault.part.0\n"
		".pushsection __bug_table,\"aw\"\n"
		".long 9b - ., 7f - .; .short 5, 0x903; .popsection\n",
		"pass");
}

/* No BUGVERBOSE: entries of 8 bytes that name no file. */
static void entries_without_lines_are_refused(void **state)
{
	static const char text[] = ".text; 1: nop\n.pushsection __bug_table,\"aw\"\n"
				   ".long 1b - .; .short 0x903, 0\n.popsection\n";
	_cleanup_free_ char *source = path_join(tmp, "short.s");
	_cleanup_free_ char *object = path_join(tmp, "short.o");
	struct err e = { 0 };

	assert_int_equal(fsx_publish(source, SLICE(text), &e), 0);
	if (!compile(*state, "0", NULL, source, object))
		skip();
	reasons_are_given(object, damage_query(object), "DEBUG_BUGVERBOSE");
}

/* What a report shows of a good object, in full. */
static void report_says_what_was_seen(void **state)
{
	_cleanup_free_ char *object = path_join(tmp, "seen.o");
	static const char *const handlers[] = { "fault", NULL };
	struct object_report *r = NULL;
	const struct object_body *b;
	const unsigned line = 7;
	struct err e = { 0 };
	json_t *j;

	if (!compile(*state, "601", NULL, CASES "/good.c", object))
		skip();
	assert_int_equal(object_examine(&(struct object_query){ .path = object,
								.handlers = handlers,
								.source = "good.c",
								.lines = &line,
								.nlines = 1,
								.mask = 8,
								.locks = locks },
					&r, &e),
			 0);
	assert_int_equal(r->bodies.n, 1);
	b = &r->bodies.v[0];
	assert_string_equal(b->name, "fault");
	assert_int_equal(b->how, OBJECT_SYMBOL);
	assert_int_equal(b->locks.n, 2);
	assert_string_equal(b->locks.v[0].text, "mutex_lock");
	assert_string_equal(b->locks.v[1].text, "down_read");
	assert_int_equal(b->tests.n, 1);
	assert_int_equal(b->tests.v[0].guard, OBJECT_GUARD_YES);
	assert_int_equal(b->tests.v[0].mask, 8);
	assert_int_equal(b->sites.n, 1);
	assert_int_equal(b->sites.v[0].line, line);
	assert_int_equal(b->sites.v[0].flags, 0x903);
	assert_true(b->sites.v[0].once && b->sites.v[0].wanted && b->sites.v[0].reached);
	assert_int_equal(b->dominated, OBJECT_YES);
	assert_true(b->covers_all);
	j = object_report_json(r);
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(j, "bodies"), 0), "dominated")),
		"yes");
	json_decref(j);
	object_report_free(r);
}

/* The source is named from a '/' on, and no other file that ends like it is meant. */
static void source_is_matched_whole(void **state)
{
	_cleanup_free_ char *object = path_join(tmp, "whole.o");
	static const char *const handlers[] = { "fault", NULL };
	struct object_query q = {
		.path = object, .handlers = handlers, .mask = 8, .locks = locks
	};
	static const char *const sources[] = { "good.c", "object/good.c", "ood.c" };
	const unsigned line = 7;

	if (!compile(*state, "601", NULL, CASES "/good.c", object))
		skip();
	q.lines = &line;
	q.nlines = 1;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		_cleanup_free_ char *said = NULL;

		q.source = sources[i];
		said = judge(&q);
		assert_true(as_expected(said, i < 2 ? "pass" : "fail object-no-warning"));
	}
}

#define MAX_TESTS 2000

struct plan {
	struct CMUnitTest tests[MAX_TESTS];
	struct job jobs[MAX_TESTS];
	size_t n;
};

static void plan_case(struct plan *p, const char *file, const struct tool *t,
		      const char *layout)
{
	struct job *j = &p->jobs[p->n];

	assert_true(p->n < MAX_TESTS);
	j->path = path_join(CASES, file);
	j->layout = layout;
	j->tool = t;
	j->name = xasprintf("%.*s: %s, layout %s", (int)strlen(file) - 2, file, t->name,
			    layout);
	p->tests[p->n++] =
		(struct CMUnitTest){ j->name, case_is_judged_rightly, NULL, NULL, j };
}

/* All layouts for the cases in which they matter, the common one for the others. */
static void plan_cases(struct plan *p)
{
	static const char *const by_layout[] = { "good.c", "late.c", "not-once.c",
						 "base.c" };
	_cleanup_strvec_ struct strvec files = { 0 };
	struct err e = { 0 };

	assert_int_equal(fsx_list(CASES, &files, &e), 0);
	for (size_t i = 0; i < files.n; i++) {
		bool all = false;

		if (!slice_ends(slice_str(files.v[i]), ".c"))
			continue;
		for (size_t b = 0; b < ARRAY_SIZE(by_layout); b++)
			all |= !strcmp(by_layout[b], files.v[i]);
		for (size_t t = 0; t < ARRAY_SIZE(tools); t++) {
			plan_case(p, files.v[i], &tools[t], "601");
			if (!all)
				continue;
			plan_case(p, files.v[i], &tools[t], "510");
			plan_case(p, files.v[i], &tools[t], "703");
		}
	}
}

static void plan_test(struct plan *p, CMUnitTestFunction fn, const char *name,
		      const struct tool *t)
{
	struct job *j = &p->jobs[p->n];

	j->name = xasprintf("%s: %s", name, t->name);
	p->tests[p->n++] =
		(struct CMUnitTest){ j->name, fn, NULL, NULL, (void *)(uintptr_t)t };
}

static int make_tmp(void **state)
{
	struct err e = { 0 };

	(void)state;
	return fsx_tmpdir(getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", "object", &tmp,
			  &e);
}

static int remove_tmp(void **state)
{
	struct err e = { 0 };
	int ret = fsx_remove(tmp, &e);

	(void)state;
	free(tmp);
	return ret;
}

int main(void)
{
	struct plan *p = xcalloc(1, sizeof(*p));
	int failed;

	plan_cases(p);
	for (size_t t = 0; t < ARRAY_SIZE(tools); t++) {
		plan_test(p, idioms_are_understood, "idioms", &tools[t]);
		plan_test(p, damaged_objects_are_survived, "damage", &tools[t]);
		plan_test(p, report_says_what_was_seen, "report", &tools[t]);
	}
	plan_test(p, entries_without_lines_are_refused, "no lines", &tools[0]);
	plan_test(p, passed_entries_are_warnings, "passed", &tools[0]);
	plan_test(p, parts_are_guarded_by_callers, "parts", &tools[0]);
	plan_test(p, source_is_matched_whole, "source", &tools[0]);
	plan_test(p, wrong_questions_are_refused, "wrong questions", &tools[0]);
	failed = _cmocka_run_group_tests("object", p->tests, p->n, make_tmp, remove_tmp);
	for (size_t i = 0; i < p->n; i++) {
		free(p->jobs[i].path);
		free(p->jobs[i].name);
	}
	free(p);
	return failed;
}
