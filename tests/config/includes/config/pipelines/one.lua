return {
  pipeline { name = "one", steps = { validate { id = "check" } } },
  include "one.lua",
}
