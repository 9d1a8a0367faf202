/*
 * Connects with libpq's PQtrace on, does what a scenario says, and leaves.
 *
 *     oracle SCENARIO FLAGS TRACEFILE CONNINFO
 *
 * FLAGS are those of PQsetTraceFlags as a number. Statements may fail: it is
 * the trace that counts. The exit code is 1 when no connection was made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

#include "libpq-fe.h"

/* Of later versions than the header may be. */
extern PGresult *PQclosePrepared(PGconn *, const char *);
extern PGresult *PQclosePortal(PGconn *, const char *);
extern int PQsetChunkedRowsMode(PGconn *, int);

static PGconn *conn;

/* drain takes all results there are, up to the end of the series. */
static void drain(void)
{
	PGresult *r;

	while ((r = PQgetResult(conn)) != NULL)
		PQclear(r);
}

static void run(const char *sql)
{
	PQclear(PQexec(conn, sql));
}

static void wait_for(int reading)
{
	fd_set set;
	struct timeval limit = {10, 0};
	int fd = PQsocket(conn);

	FD_ZERO(&set);
	FD_SET(fd, &set);
	select(fd + 1, reading ? &set : NULL, reading ? NULL : &set, NULL, &limit);
}

/* dial connects step by step, so that the trace begins with the first byte. */
static int dial(const char *conninfo, int flags, FILE *trace)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	conn = PQconnectStart(conninfo);
	if (conn == NULL || PQstatus(conn) == CONNECTION_BAD)
		return 0;
	PQtrace(conn, trace);
	PQsetTraceFlags(conn, flags);
	while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED)
	{
		wait_for(state == PGRES_POLLING_READING);
		state = PQconnectPoll(conn);
	}
	return state == PGRES_POLLING_OK;
}

static void connect_only(void)
{
}

static void simple(void)
{
	run("create temp table t (id int primary key, data text, raw bytea)");
	run("insert into t values (1, 'it''s', '\\x0041ff'), (2, null, ''), (3, E'two\\nlines\\t\"quoted\"', null)");
	run("select *, ctid, id::numeric / 7 from t order by id");
	run("select 'gr\xc3\xbc\xc3\x9f' as \"na\xc3\xafve \"\"name\"\"\"");
	run("");
	run("select 1; select 2; update t set data = 'x'");
	run("select 1/0");
	run("select\nno_such_column from t");
	run("insert into t values (1, '', '')");
	run("select ''; bogus");
	run("begin");
	run("do $$ begin raise notice 'so \"it\" is' using hint = 'none', detail = 'd'; end $$");
	run("select 1/0");
	run("select 1");
	run("rollback");
	run("set application_name = 'it''s \"me\"'");
	run("select repeat('ab ', 3000)");
	run("drop table if exists none_such");
}

static void extended(void)
{
	const Oid types[] = {23, 0, 25};
	const char text[] = "t\"ex't\\";
	const char *values[] = {"\x00\x00\x00\x2a", NULL, text};
	const int lengths[] = {4, 0, 0};
	const int formats[] = {1, 0, 0};

	PQclear(PQexecParams(conn, "select $1::int4, $2::text, $3", 3, types, values, lengths, formats, 0));
	PQclear(PQexecParams(conn, "select $1::int4 + 1, -1::int8", 1, types, values, lengths, formats, 1));
	PQclear(PQexecParams(conn, "select 1/0", 0, NULL, NULL, NULL, NULL, 0));
	PQclear(PQexecParams(conn, "", 0, NULL, NULL, NULL, NULL, 0));
	PQclear(PQprepare(conn, "s\"1", "select n, n::text, null::date from generate_series(1, $1) n", 1, NULL));
	PQclear(PQprepare(conn, "s\"1", "select 2", 0, NULL));
	PQclear(PQprepare(conn, "wrong", "select from where", 0, NULL));
	PQclear(PQdescribePrepared(conn, "s\"1"));
	PQclear(PQdescribePrepared(conn, "none"));
	PQclear(PQexecPrepared(conn, "s\"1", 1, values, lengths, formats, 1));
	if (PQsendQueryPrepared(conn, "s\"1", 1, values, lengths, formats, 0))
	{
		PQsetSingleRowMode(conn);
		drain();
	}
	if (PQsendQueryPrepared(conn, "s\"1", 1, values, lengths, formats, 0))
	{
		PQsetChunkedRowsMode(conn, 5);
		drain();
	}
	PQclear(PQprepare(conn, "ins", "create temp table u (v int4)", 0, NULL));
	PQclear(PQdescribePrepared(conn, "ins"));
	PQclear(PQexecPrepared(conn, "ins", 0, NULL, NULL, NULL, 0));
	PQclear(PQclosePrepared(conn, "ins"));
	PQclear(PQclosePrepared(conn, "none"));
}

static void cursor(void)
{
	run("begin");
	run("declare c cursor for select n, 'row ' || n from generate_series(1, 5) n");
	PQclear(PQdescribePortal(conn, "c"));
	run("fetch 2 from c");
	run("fetch all from c");
	run("fetch 1 from c");
	PQclear(PQclosePortal(conn, "c"));
	PQclear(PQdescribePortal(conn, "c"));
	run("commit");
}

static void pipeline(void)
{
	const char *values[] = {"7"};

	PQenterPipelineMode(conn);
	PQsendQueryParams(conn, "select $1::int", 1, NULL, values, NULL, NULL, 0);
	PQsendPrepare(conn, "p", "select 6 / $1::int", 1, NULL);
	PQsendFlushRequest(conn);
	PQflush(conn);
	wait_for(1);
	PQsendQueryPrepared(conn, "p", 1, values, NULL, NULL, 0);
	values[0] = "0";
	PQsendQueryPrepared(conn, "p", 1, values, NULL, NULL, 0);
	PQsendQueryParams(conn, "select 'skipped'", 0, NULL, NULL, NULL, NULL, 0);
	PQpipelineSync(conn);
	values[0] = "3";
	PQsendQueryPrepared(conn, "p", 1, values, NULL, NULL, 1);
	PQpipelineSync(conn);
	for (int ends = 0, nulls = 0; ends < 2 && nulls < 20;)
	{
		PGresult *r = PQgetResult(conn);

		nulls = r == NULL ? nulls + 1 : 0;
		ends += r != NULL && PQresultStatus(r) == PGRES_PIPELINE_SYNC;
		PQclear(r);
	}
	PQexitPipelineMode(conn);
}

/* send puts copy data in one piece. */
static void send(const char *data, int n)
{
	PQputCopyData(conn, data, n);
}

static void copy(void)
{
	static const char binary[] =
		"PGCOPY\n\377\r\n\0" "\0\0\0\0" "\0\0\0\0" "\0\2" "\0\0\0\4" "\0\0\0\7" "\377\377\377\377" "\377\377";
	char *row;

	run("create temp table t (id int, data text)");
	run("copy t from stdin");
	send("1\tone\n2\t\\N\n3\tit's \"3\"", 21);
	send("\n", 1);
	send("", 0);
	PQputCopyEnd(conn, NULL);
	drain();
	run("copy t from stdin (format binary)");
	send(binary, sizeof(binary) - 1);
	PQputCopyEnd(conn, NULL);
	drain();
	run("copy t from stdin");
	send("nonsense", 8);
	PQputCopyEnd(conn, "had \"enough\"");
	drain();
	run("copy t from stdin");
	send("nonsense\n", 9);
	PQputCopyEnd(conn, NULL);
	drain();
	for (int binary_out = 0; binary_out < 2; binary_out++)
	{
		run(binary_out ? "copy t to stdout (format binary)" : "copy t to stdout");
		while (PQgetCopyData(conn, &row, 0) > 0)
			PQfreemem(row);
		drain();
	}
	run("copy t to stdout; select 1");
	PQclear(PQexecParams(conn, "copy t to stdout", 0, NULL, NULL, NULL, NULL, 0));
	while (PQgetCopyData(conn, &row, 0) > 0)
		PQfreemem(row);
	drain();
}

static void notify(void)
{
	PGnotify *n;

	run("listen \"my channel\"");
	run("notify \"my channel\", 'it''s \"time\"'");
	run("notify \"my channel\"");
	PQconsumeInput(conn);
	while ((n = PQnotifies(conn)) != NULL)
		PQfreemem(n);
	run("unlisten *");
}

static void fastpath(void)
{
	char buffer[64];
	int result, size, fd;
	Oid oid;
	PQArgBlock arg[2];

	run("begin");
	oid = lo_create(conn, 0);
	fd = lo_open(conn, oid, 0x60000);
	lo_write(conn, fd, "some\0bytes\377\n", 12);
	lo_lseek(conn, fd, 0, 0);
	lo_read(conn, fd, buffer, sizeof buffer);
	lo_tell(conn, fd);
	lo_close(conn, fd);
	run("commit");
	arg[0].isint = 1;
	arg[0].len = 4;
	arg[0].u.integer = -5;
	PQclear(PQfn(conn, 1397, &result, &size, 1, arg, 1)); /* abs */
	PQclear(PQfn(conn, 999999, &result, &size, 1, arg, 1));
}

static void replication(void)
{
	char sql[200], status[34] = {'r'};
	char *row;
	PGresult *r = PQexec(conn, "IDENTIFY_SYSTEM");

	status[33] = 1; /* asks for a reply */
	snprintf(sql, sizeof sql, "START_REPLICATION %s TIMELINE %s", PQgetvalue(r, 0, 2), PQgetvalue(r, 0, 1));
	PQclear(r);
	run("SHOW wal_segment_size");
	run(sql);
	PQputCopyData(conn, status, sizeof status);
	PQflush(conn);
	if (PQgetCopyData(conn, &row, 0) > 0)
		PQfreemem(row);
	PQputCopyEnd(conn, NULL);
	PQflush(conn);
	while (PQgetCopyData(conn, &row, 0) > 0)
		PQfreemem(row);
	drain();
}

static const struct
{
	const char *name;
	void (*run)(void);
} scenarios[] = {
	{"connect", connect_only}, {"simple", simple}, {"extended", extended}, {"cursor", cursor},
	{"pipeline", pipeline}, {"copy", copy}, {"notify", notify}, {"fastpath", fastpath},
	{"replication", replication},
};

int main(int argc, char **argv)
{
	FILE *trace;
	int connected;

	if (argc == 2 && strcmp(argv[1], "version") == 0)
	{
		printf("%d\n", PQlibVersion());
		return 0;
	}
	if (argc != 5 || (trace = fopen(argv[3], "w")) == NULL)
		return 2;
	connected = dial(argv[4], atoi(argv[2]), trace);
	if (!connected)
		fprintf(stderr, "%s", PQerrorMessage(conn));
	for (size_t i = 0; connected && i < sizeof scenarios / sizeof *scenarios; i++)
		if (strcmp(argv[1], scenarios[i].name) == 0)
			scenarios[i].run();
	PQfinish(conn);
	fclose(trace);
	return !connected;
}
