return {
  intakes = {
    folder { path = "/srv/a", pipeline = "one", manifest_wait_seconds = 5 },
    folder { path = "/srv/b", pipeline = "one", recursive = true, folders_as_dossiers = true },
  },
  pipelines = { pipeline { name = "one", steps = { validate { id = "check" } } } },
}
