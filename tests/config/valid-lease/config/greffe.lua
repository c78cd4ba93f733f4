return {
  settings = settings { language = "fr" },
  keys = { key { name = "company", private_key = secret_file("/etc/greffe/company.key") } },
  timestamp_authorities = { timestamp_authority { name = "tsa", url = "https://tsa.example/rfc3161", password = secret_file("/etc/greffe/tsa") } },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "mail.example" } },
  archives = { archive { name = "vault" } },
  providers = { provider { name = "rabbit", plugin = "intake-amqp", queue = "leases" } },
  templates = { template "lease-signed" { subject = "Bail signé", text = "Bonjour {{document_name}}" } },
  intakes = { queue { provider = "rabbit", pipeline = "plain" } },
  pipelines = include "pipelines/*.lua",
}
