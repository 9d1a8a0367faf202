/*
 * Asks libpq how it reads connection strings.
 *
 * The test writes requests to stdin and reads replies from stdout. A request
 * is a four-byte big-endian length followed by a verb byte and its argument:
 *
 *   V          library version
 *   T          keyword table: keyword, environment variable, default, display
 *   E name=val set an environment variable
 *   U name     unset one
 *   P string   PQconninfoParse
 *   D          PQconndefaults
 *   C string   PQconnectdb, then PQconninfo, PQpass and the like
 *   A k\0v\0.. PQconnectdbParams with expand_dbname, reported as for C
 *
 * A reply is a four-byte length, a status byte ('O' or 'E') and strings, each
 * ended by a zero byte. A missing string is written as "\001".
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libpq-fe.h>

static char *out;
static size_t out_len, out_cap;

static void put_bytes(const char *p, size_t n)
{
	while (out_len + n > out_cap) {
		out_cap = out_cap ? out_cap * 2 : 4096;
		out = realloc(out, out_cap);
		if (!out)
			exit(3);
	}
	memcpy(out + out_len, p, n);
	out_len += n;
}

static void put(const char *s)
{
	if (!s)
		s = "\001";
	put_bytes(s, strlen(s) + 1);
}

static void put_pair(const char *k, const char *v)
{
	put(k);
	put(v);
}

static void put_options(PQconninfoOption *o)
{
	for (; o && o->keyword; o++)
		if (o->val)
			put_pair(o->keyword, o->val);
}

static void do_parse(const char *s)
{
	char *msg = NULL;
	PQconninfoOption *o = PQconninfoParse(s, &msg);

	put_bytes(o ? "O" : "E", 1);
	if (o)
		put_options(o);
	else
		put(msg ? msg : "out of memory");
	PQconninfoFree(o);
	PQfreemem(msg);
}

static void do_defaults(int table)
{
	PQconninfoOption *o = PQconndefaults(), *p;

	put_bytes(o ? "O" : "E", 1);
	if (!table)
		put_options(o);
	else
		for (p = o; p && p->keyword; p++) {
			put(p->keyword);
			put(p->envvar);
			put(p->compiled);
			put(p->dispchar);
		}
	PQconninfoFree(o);
}

static void report(PGconn *c)
{
	PQconninfoOption *o = PQconninfo(c);

	put_bytes("O", 1);
	put_options(o);
	put_pair("@error", PQerrorMessage(c));
	put_pair("@pass", PQpass(c));
	put_pair("@host", PQhost(c));
	put_pair("@user", PQuser(c));
	put_pair("@db", PQdb(c));
	PQconninfoFree(o);
	PQfinish(c);
}

static void do_params(char *p, char *end)
{
	const char *k[64], *v[64];
	int n = 0;

	while (p < end && n < 63) {
		k[n] = p;
		p += strlen(p) + 1;
		v[n++] = p;
		p += strlen(p) + 1;
	}
	k[n] = v[n] = NULL;
	report(PQconnectdbParams(k, v, 1));
}

static void handle(char *req, uint32_t n)
{
	char version[32];
	char *eq;

	switch (req[0]) {
	case 'V':
		snprintf(version, sizeof version, "%d", PQlibVersion());
		put_bytes("O", 1);
		put(version);
		break;
	case 'T':
		do_defaults(1);
		break;
	case 'E':
		eq = strchr(req + 1, '=');
		if (eq) {
			*eq = 0;
			setenv(req + 1, eq + 1, 1);
		}
		put_bytes("O", 1);
		break;
	case 'U':
		unsetenv(req + 1);
		put_bytes("O", 1);
		break;
	case 'P':
		do_parse(req + 1);
		break;
	case 'D':
		do_defaults(0);
		break;
	case 'C':
		report(PQconnectdb(req + 1));
		break;
	case 'A':
		do_params(req + 1, req + n);
		break;
	default:
		exit(4);
	}
}

int main(void)
{
	unsigned char head[4];

	while (fread(head, 1, 4, stdin) == 4) {
		uint32_t n = (uint32_t) head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3];
		char *req = malloc((size_t) n + 1);

		if (!req || n == 0 || fread(req, 1, n, stdin) != n)
			return 2;
		req[n] = 0;
		out_len = 0;
		handle(req, n);
		free(req);
		head[0] = out_len >> 24;
		head[1] = out_len >> 16;
		head[2] = out_len >> 8;
		head[3] = out_len;
		fwrite(head, 1, 4, stdout);
		fwrite(out, 1, out_len, stdout);
		fflush(stdout);
	}
	return 0;
}
