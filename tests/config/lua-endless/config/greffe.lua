local function spin()
  while true do
    pcall(spin)
  end
end
spin()
