return pipeline {
  name = "seal",
  steps = {
    validate { id = "check", page_size = "A4", max_pages = 200 },
    seal { id = "seal", key = "office", level = "B-T", reason = function(d) return "For " .. d.facts.check.pages end,
           when = function(d) return d.facts.check.pages > 0 end },
    archive { id = "keep" },
    notify { id = "tell", to = { "anne@example.org", "clerk@example.org" }, template = "sealed", attach = { "document" },
             on_error = "continue" },
  },
}
