// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void sha256_start(struct sha256 *h)
{
	sha256_init(&h->ctx);
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
	sha256_update(&h->ctx, n, p);
}

void sha256_field(struct sha256 *h, const char *name, struct slice value)
{
	char len[24];
	int n = snprintf(len, sizeof(len), "%zu", value.n);

	sha256_add(h, name, strlen(name) + 1);
	sha256_add(h, len, (size_t)n + 1);
	sha256_add(h, value.p, value.n);
}

void sha256_hex(struct sha256 *h, char hex[static SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t d[SHA256_DIGEST_SIZE];

	sha256_digest(&h->ctx, sizeof(d), d);
	for (size_t i = 0; i < sizeof(d); i++) {
		hex[2 * i] = digits[d[i] >> 4];
		hex[2 * i + 1] = digits[d[i] & 15];
	}
	hex[2 * sizeof(d)] = '\0';
}

void sha256_of(struct slice data, char hex[static SHA256_HEX])
{
	struct sha256 h;

	sha256_start(&h);
	sha256_add(&h, data.p, data.n);
	sha256_hex(&h, hex);
}

int sha256_file(const char *path, char hex[static SHA256_HEX], struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *chunk = NULL;
	const size_t size = 256 * 1024;
	struct sha256 h;

	if (fd < 0)
		return err_sys(e, errno, "cannot read '%s'", path);
	chunk = xmalloc(size);
	sha256_start(&h);
	for (;;) {
		ssize_t n = read(fd, chunk, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot read '%s'", path);
		if (!n)
			break;
		sha256_add(&h, chunk, (size_t)n);
	}
	sha256_hex(&h, hex);
	return 0;
}
