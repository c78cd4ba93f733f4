local function nest(depth)
  local inside = { validate { id = "deepest" } }
  for level = 1, depth do
    inside = { each { id = "level-" .. level, over = "parties", steps = inside } }
  end
  return inside
end
return {
  pipelines = {
    pipeline { name = "empty", steps = {} },
    pipeline { name = "text", steps = "validate" },
    pipeline { name = "missing" },
    pipeline {
      name = "one",
      steps = {
        validate { id = "check" },
        validate { id = "check" },
        "validate",
        validate,
        { id = "plain" },
        folder { path = "/srv" },
        validat { id = "typed" },
        validate { id = "never", when = false },
      },
    },
    pipeline { name = "deep", steps = nest(8) },
  },
}
