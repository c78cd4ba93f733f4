return {
  pipelines = { pipeline { name = "seal", steps = { seal { id = "seal", key = "office" }, archive { id = "keep" } } } },
}
