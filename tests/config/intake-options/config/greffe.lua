return {
  intakes = {
    folder { path = "/srv/a", pipeline = "one", manifest_wait_seconds = 5 },
    folder { path = "/srv/b", pipeline = "one", recursive = true, folders_as_dossiers = true },
    folder { path = "/srv/c", pipeline = "one", manifest = "optional", manifest_wait_seconds = 700000 },
    folder { path = "/srv/d", pipeline = "one", manifest = "sometimes", ready_marker = ".ok" },
  },
  pipelines = { pipeline { name = "one", steps = { validate { id = "check" } } } },
}
