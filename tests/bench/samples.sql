-- SPDX-License-Identifier: GPL-2.0-or-later
-- Work for the database: inserting, an index, grouping, a join, text.
DROP TABLE IF EXISTS word;
CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT, number INTEGER);
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)
	INSERT INTO word SELECT x, 'word ' || (x * 7919 % 1009), x * 31 % 127 FROM n;
CREATE INDEX by_text ON word(text);
SELECT text, count(*), sum(number) FROM word GROUP BY text ORDER BY 2 DESC, 1 LIMIT 20;
SELECT count(*) FROM word a JOIN word b ON a.text = b.text WHERE a.number < b.number;
SELECT max(length(replace(text, 'o', 'oo'))) FROM word WHERE text LIKE '%9%';
