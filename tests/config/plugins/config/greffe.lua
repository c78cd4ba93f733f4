return {
  keys = {
    key { name = "office", private_key = "-----BEGIN PRIVATE KEY-----" },
    key { name = "town", plugin = "key-fil", private_key = secret_file("/k") },
    key { name = "mail", plugin = "notify-smtp", host = "x" },
    key { name = "odd", plugin = "key-strange" },
    key { name = "bare", privat_key = secret_file("/k"), scheme = "rsa" },
    key { name = "near", private_key = secret_file("office.key") },
  },
  timestamp_authorities = {
    timestamp_authority { name = "t1" },
    timestamp_authority { name = "t2", url = "short", policies = {}, timeout_seconds = 0 },
    timestamp_authority { name = "t4", url = "tsa.example/rfc3161" },
    timestamp_authority { name = "t3", url = "https://tsa.example", policies = { "1", "2", "3" }, timeout_seconds = true },
  },
  notifiers = { notifier { name = "mail", host = "mail.example" } },
  pipelines = { pipeline { name = "one", steps = { validate { id = "check" } } } },
}
