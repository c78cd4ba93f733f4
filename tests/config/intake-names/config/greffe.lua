return {
  settings = settings { language = "en" },
  intakes = { folder { path = "/srv/a", pipeline = "one" }, folder { path = "/mnt/a", pipeline = "one" } },
  pipelines = { pipeline { name = "one", intake = { folder { name = "a", path = "/data/x" } }, steps = { validate { id = "check" } } } },
}
