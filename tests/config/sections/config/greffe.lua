return {
  setings = settings {},
  settings = { settings {} },
  keys = key { name = "office", private_key = secret_file("/k") },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "m" }, notifier { name = "mail", plugin = "notify-smtp", host = "n" } },
  archives = { seal { id = "x" }, "vault" },
  pipelines = {
    pipeline { name = "one", steps = { validate { id = "check" } } },
    pipeline { name = "one", steps = { validate { id = "check" } } },
    pipeline {
      name = "two",
      documents = { slot "a" {}, slot "a" {}, role "b" {}, slot "c" { signed = true } },
      steps = { validate { id = "check", document = "a" } },
    },
  },
}
