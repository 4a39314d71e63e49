-- SPDX-License-Identifier: GPL-2.0-or-later
-- lua.lua FILE [UNITS]: calls, tables, sorting and strings for the interpreter, the same in each unit. It writes a byte a unit.
local out, limit = assert(io.open(arg[1], "w")), tonumber(arg[2]) or math.huge
out:setvbuf("no")
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local words, units = {}, 0
for i = 1, 300 do words[i] = "word" .. (i * 7919 % 101) end
while units < limit do
	fib(12)
	local count = {}
	for _, word in ipairs(words) do count[word] = (count[word] or 0) + 1 end
	local keys = {}
	for i = 1, 300 do
		local word = words[i]
		if count[word] then keys[#keys + 1], count[word] = word, nil end
	end
	table.sort(keys)
	local text = table.concat(keys, ","):gsub("word(%d+)", function(n) return n % 7 end)
	units = units + 1
	out:write(".")
end
