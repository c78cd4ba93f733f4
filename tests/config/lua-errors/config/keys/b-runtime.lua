local house = nil

local function nameOf(thing)
  return thing.name
end

return key { name = nameOf(house) }
