return {
  keys = { key { name = "office" } },
  pipelines = { pipeline { name = "one", steps = { validate { id = "check" }, seal { id = "seal", key = "office" } } } },
}
