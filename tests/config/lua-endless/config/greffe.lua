local function spin() while true do pcall(spin) end end
return spin()
