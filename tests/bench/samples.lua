-- SPDX-License-Identifier: GPL-2.0-or-later
-- Work for the interpreter: calls, tables, sorting, strings.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local words = {}
for i = 1, 2000 do words[i] = "word" .. (i * 7919 % 1009) end
while true do
	fib(22)
	io.stderr:write(".") -- what was written tells how fast it is
	local count = {}
	for _, word in ipairs(words) do count[word] = (count[word] or 0) + 1 end
	local keys = {}
	for key in pairs(count) do keys[#keys + 1] = key end
	table.sort(keys, function(a, b) return count[a] < count[b] or count[a] == count[b] and a < b end)
	local text = table.concat(keys, ","):gsub("word(%d+)", function(n) return n % 7 end)
end
