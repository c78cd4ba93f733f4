-- conf.d changes single options of what stands here, and replaces pipelines whole.
return {
  settings = settings { language = "fr", retention_years = 10, allow_without_landlock = true },
  keys = { key { name = "office", private_key = secret_file("/etc/greffe/office.key"), scheme = "ecdsa" } },
  archives = { archive { name = "vault", compression = false } },
  intakes = { folder { path = "/srv/in", pipeline = "seal" } },
  pipelines = { pipeline { name = "seal", steps = { seal { id = "seal", key = "office" } } } },
}
