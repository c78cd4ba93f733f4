local circle = {}
circle.again = circle
return {
  settings = settings {
    language = string.upper,
    front_address = "Europe/\xFF",
    retention_years = 1 / 0,
    support_contact = circle,
    store = { "a", kind = "b" },
    ["@kind"] = "seal",
  },
  pipelines = { pipeline { name = "one", steps = { validate { id = "check" } } } },
}
