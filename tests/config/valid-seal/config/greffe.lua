return {
  settings = settings { language = "en", support_contact = env("OFFICE") or "nobody" },
  keys = { key { name = "office", private_key = secret_file("/etc/greffe/office.key") } },
  timestamp_authorities = { timestamp_authority { name = "tsa", url = "https://tsa.example/rfc3161" } },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "mail.example" } },
  archives = { archive { name = "vault" } },
  templates = { template "sealed" { language = "en", subject = "Sealed", text = "{{document_name}} was sealed." } },
  intakes = { folder { path = "/srv/greffe/in", pipeline = "seal", accepts = { "application/pdf" } } },
  pipelines = include "pipelines/*.lua",
}
