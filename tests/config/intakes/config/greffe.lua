return {
  settings = settings { spool = "/var/lib/greffe" },
  providers = { provider { name = "mail", plugin = "notify-smtp", host = "m" } },
  intakes = {
    folder { path = "/srv/a" },
    folder { path = "/srv/a/", name = "again", pipeline = "one" },
    folder { path = "/srv/a/inner", pipeline = "one", accepts = { "pdf" } },
    folder { path = "in", pipeline = "one" },
    folder { path = "/var/lib/greffe/in", name = "below", pipeline = "one" },
    folder { path = "/var", pipeline = "one" },
    folder { path = "/mnt/in", name = "a", pipeline = "one" },
    queue { provider = "mail", pipeline = "one" },
  },
  pipelines = {
    pipeline {
      name = "one",
      intake = { folder { path = "/srv/b", pipeline = "two" }, folder { path = "/srv/c", stable_second = 2 } },
      steps = { validate { id = "check" } },
    },
    pipeline { name = "two", intake = { folder { name = "c", path = "/data/c" }, pipeline {} }, steps = { validate { id = "check" } } },
  },
}
