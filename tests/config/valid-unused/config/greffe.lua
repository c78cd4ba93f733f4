return {
  keys = { key { name = "spare", private_key = secret_file("/k") } },
  templates = { template "old" { subject = "Old", text = "Old" } },
  pipelines = { pipeline { name = "one", steps = { validate { id = "check" } } } },
}
