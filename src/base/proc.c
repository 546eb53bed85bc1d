// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fsx.h"

#define DEFAULT_OUTPUT	((size_t)16 << 20)
#define DEFAULT_TIMEOUT 600
#define DEFAULT_FILE	((uint64_t)8 << 30)
#define SAFE_PATH	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

extern char **environ;

struct child {
	pid_t pid;
	int pidfd;
	int in, out, err; /* our ends; -1 when closed */
	struct slice input;
	size_t max;
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void proc_clean_env(struct strvec *env)
{
	strvec_push(env, "LC_ALL=C");
	strvec_push(env, "TZ=UTC");
	strvec_push(env, "PATH=" SAFE_PATH);
	strvec_push(env, "HOME=/nonexistent");
	strvec_push(env, "TERM=dumb");
}

static char *find_in(const char *path, const char *name)
{
	struct slice rest = slice_str(path);
	struct slice dir;

	if (strchr(name, '/'))
		return access(name, X_OK) ? NULL : xstrdup(name);
	while (slice_split(&rest, ':', &dir)) {
		char *full = xasprintf("%.*s/%s", SLICE_ARG(dir), name);

		if (dir.n && !access(full, X_OK) && !fsx_is_dir(full))
			return full;
		free(full);
	}
	return NULL;
}

char *proc_find(const char *name)
{
	const char *path = getenv("PATH");

	return find_in(path ? path : SAFE_PATH, name);
}

char *proc_find_clean(const char *name)
{
	return find_in(SAFE_PATH, name);
}

void proc_quote(struct buf *out, const char *const *argv)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	for (size_t i = 0; argv[i]; i++) {
		const char *a = argv[i];

		if (i)
			buf_addc(out, ' ');
		if (*a && strspn(a, plain) == strlen(a)) {
			buf_adds(out, a);
			continue;
		}
		buf_addc(out, '\'');
		for (; *a; a++) {
			if (*a == '\'')
				buf_adds(out, "'\\''");
			else
				buf_addc(out, *a);
		}
		buf_addc(out, '\'');
	}
}

void proc_result_release(struct proc_result *r)
{
	if (!r)
		return;
	buf_release(&r->out);
	buf_release(&r->err);
}

static void set_limits(const struct proc_spec *spec)
{
	struct rlimit none = { 0, 0 };
	struct rlimit file = { spec->max_file ? spec->max_file : DEFAULT_FILE,
			       spec->max_file ? spec->max_file : DEFAULT_FILE };

	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_FSIZE, &file);
}

/* In the child, between fork and exec: only what is safe there. */
static _noreturn_ void become(const struct proc_spec *spec, const char *exe,
			      char *const *env, const int fds[3], pid_t parent, int fail)
{
	sigset_t none;
	int en;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (!spec->inherit_stdio) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(127);
		if (dup2(fds[0], 0) < 0 || dup2(fds[1], 1) < 0 || dup2(fds[2], 2) < 0)
			goto broken;
		set_limits(spec);
	}
	/* Descriptors that we inherited ourselves are nobody's business there. */
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(spec->pass_fds); i++) {
		if (spec->pass_fds[i] > 2)
			fcntl(spec->pass_fds[i], F_SETFD, 0);
	}
	if (spec->dir && chdir(spec->dir))
		goto broken;
	execve(exe, (char *const *)spec->argv, env);
broken:
	en = errno;
	if (write(fail, &en, sizeof(en)) < 0)
		_exit(126);
	_exit(127);
}

static void fill_env(const struct proc_spec *spec, struct strvec *env)
{
	if (spec->inherit_env)
		strvec_push_all(env, (const char *const *)environ);
	else
		proc_clean_env(env);
	if (spec->env)
		strvec_push_all(env, spec->env);
}

static int open_pipes(const struct proc_spec *spec, int in[2], int out[2], int err[2],
		      int fail[2], struct err *e)
{
	if (pipe2(fail, O_CLOEXEC))
		return err_sys(e, errno, "cannot make a pipe");
	if (spec->input.n ? pipe2(in, O_CLOEXEC)
			  : (in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
		return err_sys(e, errno, "cannot make a pipe");
	if (spec->stdout_fd > 0)
		out[1] = fcntl(spec->stdout_fd, F_DUPFD_CLOEXEC, 3);
	else if (pipe2(out, O_CLOEXEC))
		return err_sys(e, errno, "cannot make a pipe");
	if (out[1] < 0)
		return err_sys(e, errno, "cannot duplicate a descriptor");
	if (!spec->merge && pipe2(err, O_CLOEXEC))
		return err_sys(e, errno, "cannot make a pipe");
	return 0;
}

/* The child writes errno to its end of @fail when it cannot become the program. */
static int started(int fail, const char *exe, pid_t pid, struct err *e)
{
	int en;
	ssize_t n;

	do {
		n = read(fail, &en, sizeof(en));
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(en))
		return 0;
	waitpid(pid, NULL, 0);
	err_sys(e, en, "cannot run '%s'", exe);
	return e->code = ERR_TOOL;
}

static int spawn(const struct proc_spec *spec, struct child *c, struct err *e)
{
	_cleanup_strvec_ struct strvec env = { 0 };
	_cleanup_free_ char *exe = proc_find(spec->argv[0]);
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, er[2] = { -1, -1 }, fail[2] = { -1, -1 };
	pid_t parent = getpid();
	int rc;

	if (!exe)
		return err_set(e, ERR_TOOL, "cannot run '%s': not found in PATH",
			       spec->argv[0]);
	fill_env(spec, &env);
	rc = open_pipes(spec, in, out, er, fail, e);
	if (!rc) {
		int fds[3] = { in[0], out[1], spec->merge ? out[1] : er[1] };

		c->pid = fork();
		if (!c->pid)
			become(spec, exe, env.v, fds, parent, fail[1]);
		if (c->pid < 0)
			rc = err_sys(e, errno, "cannot start '%s'", exe);
	}
	closep(&in[0]);
	closep(&out[1]);
	closep(&er[1]);
	closep(&fail[1]);
	if (!rc)
		rc = started(fail[0], exe, c->pid, e);
	closep(&fail[0]);
	if (!rc && (c->pidfd = pidfd_open(c->pid, 0)) < 0) {
		rc = err_sys(e, errno, "cannot watch '%s'", exe);
		kill(c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
	}
	c->in = in[1];
	c->out = out[0];
	c->err = er[0];
	if (rc) {
		closep(&c->in);
		closep(&c->out);
		closep(&c->err);
	}
	return rc;
}

/* Takes what is there; closes at the end of the stream. Keeps the first @max bytes. */
static void drain(int *fd, struct buf *b, size_t max, bool *truncated)
{
	char chunk[32 * 1024];
	ssize_t n = read(*fd, chunk, sizeof(chunk));
	size_t room = max - b->len;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		closep(fd);
		return;
	}
	if ((size_t)n > room)
		*truncated = true;
	buf_add(b, chunk, (size_t)n > room ? room : (size_t)n);
}

static void feed(struct child *c)
{
	ssize_t n = write(c->in, c->input.p, c->input.n);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0) { /* the program does not want it: its business */
		closep(&c->in);
		return;
	}
	c->input.p += n;
	c->input.n -= (size_t)n;
	if (!c->input.n)
		closep(&c->in);
}

static void nonblock(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/*
 * Until the program has ended, or until why it must end is known. Streams that
 * a grandchild still holds do not keep us.
 */
static int watch(const struct proc_spec *spec, struct child *c, struct proc_result *r,
		 double deadline)
{
	bool ended = false;

	while (!ended || c->out >= 0 || c->err >= 0) {
		struct pollfd p[4] = { { c->out, POLLIN, 0 },
				       { c->err, POLLIN, 0 },
				       { c->in, POLLOUT, 0 },
				       { ended ? -1 : c->pidfd, POLLIN, 0 } };
		int ready = poll(p, 4, ended ? 0 : 100);

		if (ready <= 0 && ended)
			return 0;
		if (p[0].revents)
			drain(&c->out, &r->out, c->max, &r->truncated);
		if (p[1].revents)
			drain(&c->err, &r->err, c->max, &r->truncated);
		if (p[2].revents)
			feed(c);
		if (p[3].revents)
			ended = true;
		if (!ended && spec->cancel && atomic_load(spec->cancel))
			return ERR_CANCELLED;
		/* A grandchild that outlives the program may write on for ever. */
		if (now_s() > deadline)
			return ended ? 0 : ERR_TIMEOUT;
	}
	return 0;
}

static void reap(const struct proc_spec *spec, struct child *c, struct proc_result *r)
{
	struct rusage ru = { 0 };
	int status = 0;

	if (!spec->inherit_stdio)
		kill(-c->pid, SIGKILL); /* whoever of the group is left */
	while (wait4(c->pid, &status, 0, &ru) < 0 && errno == EINTR)
		;
	closep(&c->pidfd);
	closep(&c->in);
	closep(&c->out);
	closep(&c->err);
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	r->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	r->cpu_s = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
		   (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
	r->max_rss_kb = ru.ru_maxrss;
}

int proc_run(const struct proc_spec *spec, struct proc_result *r, struct err *e)
{
	struct child c = { .in = -1, .out = -1, .err = -1, .pidfd = -1 };
	unsigned limit = spec->timeout_s ? spec->timeout_s : DEFAULT_TIMEOUT;
	double start = now_s();
	int rc;

	*r = (struct proc_result){ 0 };
	c.input = spec->input;
	c.max = spec->max_output ? spec->max_output : DEFAULT_OUTPUT;
	rc = spawn(spec, &c, e);
	if (rc)
		return rc;
	nonblock(c.in);
	nonblock(c.out);
	nonblock(c.err);
	rc = watch(spec, &c, r, start + limit);
	reap(spec, &c, r);
	r->wall_s = now_s() - start;
	if (rc == ERR_TIMEOUT)
		return err_set(e, rc, "'%s' did not end within %u s", spec->argv[0], limit);
	if (rc)
		return err_set(e, rc, "'%s' was interrupted", spec->argv[0]);
	return 0;
}

/* The last lines of what the program said, for an error message. */
static struct slice last_words(const struct proc_result *r)
{
	struct slice s = slice_trim(buf_slice(r->err.len ? &r->err : &r->out));

	if (s.n > 400) {
		s.p += s.n - 400;
		s.n = 400;
	}
	return s;
}

int proc_check(const struct proc_spec *spec, struct proc_result *r, struct err *e)
{
	int rc = proc_run(spec, r, e);
	struct slice words;

	if (rc)
		return rc;
	if (!r->status)
		return 0;
	words = last_words(r);
	if (r->signal)
		return err_set(e, ERR_TOOL, "'%s' was killed by signal %d%s%.*s",
			       spec->argv[0], r->signal, words.n ? ": " : "", SLICE_ARG(words));
	return err_set(e, ERR_TOOL, "'%s' ended with status %d%s%.*s", spec->argv[0],
		       r->status, words.n ? ": " : "", SLICE_ARG(words));
}
