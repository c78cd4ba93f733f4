-- Built-in templates need no entry; one that cannot be rendered is told of where it stands.
return {
  keys = { key { name = "office", private_key = secret_file("/k") } },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "mail.example" } },
  templates = {
    template "welcome" { subject = "Welcome {{name", text = "It is sealed." },
    template "goodbye" { subject = "Goodbye", text = "{{> footer}}" },
    template "mistyped" { subject = "{{docment_name}}", text = "{{recipient.name}}" },
    template "letter" { subject = "Letter", text = "Hello", html = "<p>{{{name}}}</p>" },
  },
  pipelines = {
    pipeline {
      name = "seal",
      intake = { folder { path = "/srv/in" } },
      steps = {
        seal { id = "seal", key = "office" },
        notify { id = "first", via = "mail", to = { "a@b.example" }, template = "sealed" },
        notify { id = "second", via = "mail", to = { "a@b.example" }, template = "task" },
        notify { id = "third", via = "mail", to = { "a@b.example" }, template = "helt" },
        notify { id = "fourth", via = "mail", to = { "a@b.example" }, template = "welcome" },
        notify { id = "fifth", via = "mail", to = { "a@b.example" }, template = "goodbye" },
        notify { id = "sixth", via = "mail", to = { "a@b.example" }, template = "letter" },
      },
    },
  },
}
