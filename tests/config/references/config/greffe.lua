return {
  keys = { key { name = "office", private_key = secret_file("/k") } },
  timestamp_authorities = { timestamp_authority { name = "tsa", url = "https://tsa.example" } },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "mail.example" } },
  archives = { archive { name = "vault" } },
  templates = { template "sealed" { subject = "Sealed", text = "It is." } },
  intakes = {
    folder { path = "/srv/in", pipeline = "seel" },
    queue { provider = "rabbit", pipeline = "seal" },
  },
  pipelines = {
    pipeline {
      name = "seal",
      documents = { slot "lease" {}, slot "identity" { per = "tenent" } },
      parties = { role "tenant" {}, role "owner" {} },
      steps = {
        validate { id = "check", document = "leese" },
        seal { id = "seal", document = "lease", key = "ofice", level = "B-T", authorities = { "tsb" } },
        archive { id = "keep", archive = "valt" },
        notify { id = "tell", via = "post", to = { "tenants", "clerk@", "operators" }, template = "seald", attach = { "proof" } },
      },
    },
  },
}
