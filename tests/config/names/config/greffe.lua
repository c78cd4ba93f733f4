counter = 1
local where = env("HOME")
return {
  keys = { key "office" },
  notifiers = { notifier(5) },
  pipelines = {
    pipeline {
      name = "one",
      steps = {
        validate { id = "check", on_error = continue },
        sael { id = "seal", key = "office" },
        valdate { id = "again" },
        wait,
        seal { id = "last", reason = function(d) return strng.upper(d.id) .. os.time() end },
        refuse(function(d) return "no" end),
      },
      parties = { rol "tenant" { many = true }, role "owner" "twice" },
    },
  },
}
