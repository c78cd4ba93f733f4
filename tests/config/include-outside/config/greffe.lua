return {
  keys = { include "../../etc/keys.lua", include "/etc/greffe/keys.lua", include "./a/../b.lua" },
  pipelines = { pipeline { name = "one", steps = { validate { id = "check" } } } },
}
