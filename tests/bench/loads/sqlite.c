// SPDX-License-Identifier: GPL-2.0-or-later
/* sqlite FILE [UNITS]: queries in memory, one after the other, each prepared once; one of each kind is a unit. */
#include "load.h"
#include "sqlite3.h"

static const char *const SETUP = "CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT, number INTEGER);"
				 "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000)"
				 "	INSERT INTO word SELECT x, 'word ' || (x * 7919 % 101), x * 31 % 127 FROM n;"
				 "CREATE INDEX by_text ON word(text);";

static const char *const QUERIES[] = {
	"SELECT count(*) + sum(number) FROM word WHERE text = 'word 7'",
	"SELECT sum(number * 3 + id % 5) FROM word WHERE id BETWEEN 100 AND 300",
	"SELECT max(length(replace(text, 'o', 'oo'))) FROM word WHERE text LIKE 'word 1%' AND number < 30",
	"SELECT sum(n) FROM (SELECT count(*) AS n FROM word WHERE id < 200 GROUP BY number % 7 ORDER BY 1 DESC LIMIT "
	"3)",
};

#define N_QUERIES (sizeof(QUERIES) / sizeof(QUERIES[0]))

static int64_t answer(sqlite3_stmt *query)
{
	int64_t number = sqlite3_step(query) == SQLITE_ROW ? sqlite3_column_int64(query, 0) : -1;

	sqlite3_reset(query);
	return number;
}

int main(int argc, char **argv)
{
	uint64_t limit = load__limit(argc, argv);
	struct load *load = load__open(argv[1], 1);
	sqlite3_stmt *queries[N_QUERIES];
	int64_t right[N_QUERIES];
	sqlite3 *database;

	if (sqlite3_open(":memory:", &database) || sqlite3_exec(database, SETUP, NULL, NULL, NULL))
		return 1;
	for (size_t i = 0; i < N_QUERIES; i++) {
		if (sqlite3_prepare_v2(database, QUERIES[i], -1, &queries[i], NULL))
			return 1;
		right[i] = answer(queries[i]);
	}
	while (load->units < limit) {
		struct load_time begin = load__now();
		int all = 1;

		for (size_t i = 0; i < N_QUERIES; i++)
			all &= answer(queries[i]) == right[i];
		load__done(load, begin, all);
	}
	return 0;
}
