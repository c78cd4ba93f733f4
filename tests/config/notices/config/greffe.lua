return {
  notifiers = {
    notifier { name = "mail", plugin = "notify-smtp", host = "mail.example" },
    notifier { name = "other", plugin = "notify-smtp", host = "mail.example" },
  },
  templates = { template "sealed" { subject = "Sealed", text = "It is." }, template "sealed" { language = "en", subject = "Sealed", text = "It is." } },
  pipelines = {
    pipeline {
      name = "one",
      steps = {
        notify { id = "a", to = { "anne@example.org" }, template = "sealed" },
        notify { id = "b", via = "mail", to = { "anne@example.org" } },
        notify { id = "c", via = "mail", to = { "anne@example.org" }, subject = "Hello" },
        notify { id = "d", via = "mail", to = { "anne@example.org" }, template = "sealed", text = "Hello" },
        notify { id = "e", via = "mail", to = "sender", template = "sealed" },
        archive { id = "keep" },
      },
    },
  },
}
