local list = {}
while true do
  pcall(function() list[#list + 1] = { list } end)
end
