/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As little of a kernel as the object check's cases need: the layouts of the bug
 * table, chosen by LAYOUT (510: relative to the entry; 601: relative to itself;
 * 703: with a format field on x86), the patch tables, and names of locks.
 */
#define STR_(x) #x
#define STR(x)	STR_(x)

#ifndef LAYOUT
#define LAYOUT 601
#endif

#define BUGFLAG_WARNING 1
#define BUGFLAG_ONCE	2
#define TAINT		0x900

#if LAYOUT == 510
#define REL " - 2b"
#else
#define REL " - ."
#endif

#if LAYOUT >= 700 && defined(__x86_64__)
#define FORMAT ".long %c[fmt] - .\n"
#else
#define FORMAT ""
#endif

#ifdef __x86_64__
#define TRAP	   "ud2"
#define NOP	   ".byte 0x0f, 0x1f, 0x44, 0x00, 0x00"
#define JUMP	   "jmp"
#define TABLE_FILE "\t.long %c[file]" REL "\n"
#define FILE_NAME  ""
#define FILE_ARGS  [file] "i"(__FILE__), [fmt] "i"("")
#else
/* The compiler's constants are no operands of arm64's: the name is put there by hand. */
#define TRAP	   "brk #0x800"
#define NOP	   "nop"
#define JUMP	   "b"
#define TABLE_FILE "\t.long 3b" REL "\n"
#define FILE_NAME                                             \
	".pushsection .rodata.str,\"aMS\",@progbits,1\n"      \
	"3:\t.string \"" __FILE__ "\"\n"                      \
	".popsection\n"
#define FILE_ARGS [file] "i"(0), [fmt] "i"(0)
#endif

#define BUG_FLAGS(trap, bits)                                            \
	asm volatile("1:\t" trap "\n" FILE_NAME                          \
		     ".pushsection __bug_table,\"aw\"\n"                 \
		     "2:\t.long 1b" REL "\n" FORMAT TABLE_FILE           \
		     "\t.short %c[line]\n"                               \
		     "\t.short %c[fl]\n"                                 \
		     ".popsection"                                       \
		     : : FILE_ARGS, [line] "i"(__LINE__), [fl] "i"(bits))

#define unlikely(x) __builtin_expect(!!(x), 0)

#define WARN_WITH(cond, trap, bits)             \
	({                                      \
		int ret_ = !!(cond);            \
		if (unlikely(ret_))             \
			BUG_FLAGS(trap, bits);  \
		unlikely(ret_);                 \
	})

#define WARN_ON_ONCE(cond) WARN_WITH(cond, TRAP, BUGFLAG_WARNING | BUGFLAG_ONCE | TAINT)
#define WARN_ON(cond)	   WARN_WITH(cond, TRAP, BUGFLAG_WARNING | TAINT)
#define BUG()                             \
	do {                              \
		BUG_FLAGS(TRAP, 0);       \
		__builtin_unreachable();  \
	} while (0)

#define NOWAIT 8u

struct vm_fault {
	void *vma;
	unsigned long address, pgoff, real;
	void *entry;
	unsigned flags;
	unsigned order;
	int (*then)(struct vm_fault *);
};

void mutex_lock(void *lock);
int down_read_trylock(void *sem);
void down_read(void *sem);
void up_read(void *sem);
void mutex_unlock(void *lock);
void note(unsigned long what);
void cold_note(void) __attribute__((cold));
extern char lock_a[64], lock_b[64];

#define noinline __attribute__((noinline))
#define always_inline inline __attribute__((always_inline))
/* The handler is named from elsewhere. */
#define BOUND(fn) int (*const bound_##fn)(struct vm_fault *) = fn

/* Enough of them for a jump table. */
#define CASE(n)                       \
	case n:                       \
		asm volatile("" : : "i"(n)); \
		note(vmf->order ^ n); \
		note(n * n + 7);      \
		break
#define CASES(n)                                                        \
	CASE(n);                                                        \
	CASE(n + 1);                                                    \
	CASE(n + 2);                                                    \
	CASE(n + 3);                                                    \
	CASE(n + 4);                                                    \
	CASE(n + 5);                                                    \
	CASE(n + 6);                                                    \
	CASE(n + 7);                                                    \
	CASE(n + 8);                                                    \
	CASE(n + 9)

/* A branch that is decided by patching: as built, it falls through. */
#define static_branch(label)                                     \
	asm goto("1:\t" NOP "\n"                                 \
		 ".pushsection __jump_table,\"aw\"\n"            \
		 ".long 1b - ., %l[" #label "] - .\n"            \
		 ".quad 0\n"                                     \
		 ".popsection" : : : : label)
