-- Sixteen tables that hold each other twice are 65536 values.
local tree = { 1, 2, 3, 4 }
for _ = 1, 16 do tree = { tree, tree } end
return { pipelines = { pipeline { name = "one", steps = tree } } }
