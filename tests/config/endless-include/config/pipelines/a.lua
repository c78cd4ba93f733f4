local function compare() while true do end end
local list = { 3, 2, 1 }
table.sort(list, compare)
