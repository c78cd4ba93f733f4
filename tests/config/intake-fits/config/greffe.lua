return {
  settings = settings { spool = "/var/lib/greffe" },
  archives = { archive { name = "vault", path = "/srv/kept" } },
  intakes = {
    folder { path = "/srv//a", pipeline = "lease" },
    folder { path = "/srv/./a/", name = "again", pipeline = "plain" },
    folder { path = "/srv/kept/in", pipeline = "plain" },
    folder { path = "/srv/../etc", name = "up", pipeline = "plain", ready_marker = "/x" },
    folder { path = "/srv/nul\0l", name = "nul", pipeline = "plain", accepts = { "image/*", "Image/TIFF", "text/*" } },
    folder { path = "/srv/both", pipeline = "lease", manifest = "optional", folders_as_dossiers = true },
  },
  pipelines = {
    pipeline {
      name = "lease",
      documents = { slot "lease", slot "identity", slot { name = "plan", mandatory = false } },
      parties = { role { name = "tenant" }, role { name = "agent", optional = true } },
      steps = { validate { id = "check", document = "lease" }, archive { id = "keep" } },
    },
    pipeline { name = "plain", steps = { validate { id = "check", media_type = "image/png" } } },
  },
}
