local offices = { { code = "69", name = "Lyon" }, { code = "75", name = "Paris" } }
return function(d)
  for _, office in ipairs(offices) do
    if office.code == d.data.department then return office.name end
  end
  return "elsewhere"
end
