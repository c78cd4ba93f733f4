-- The configuration of one Greffe. `greffe check` reads it and says everything that is wrong with it;
-- `greffe config show --origin` prints every value with the line that set it.
--
-- What stands here is a starting point that works once the files it names exist. Single values are changed more calmly
-- in conf.d/*.lua: those files return a table like this one, and what they say goes over what is said here.
return {
  settings = settings {
    -- Read at start only: a change of spool, store or ports needs a restart.
    spool = "/var/lib/greffe",
    control_socket = "/run/greffe/control.sock",

    language = "fr",            -- of receipts and messages, where nothing else says: fr or en
    retention_years = 10,       -- how long finished dossiers are kept
    max_mebibytes = 256,        -- the largest document that is taken
    support_contact = "",       -- shown in the receipt of a document that failed
  },

  -- Keys that seal. A secret is named by its file and never stands in the configuration.
  keys = {
    key {
      name = "office",
      plugin = "key-file",
      certificate = secret_file("/etc/greffe/keys/office.pem"),
      private_key = secret_file("/etc/greffe/keys/office.key"),
    },
  },

  -- How people are told. Without a mail server, take this out together with the step `tell` of pipelines/seal.lua.
  notifiers = {
    notifier {
      name = "mail",
      plugin = "notify-smtp",
      host = "localhost",
    },
  },

  archives = {
    archive { name = "vault", plugin = "archive-folder" },
  },

  templates = {
    template "sealed" {
      language = "fr",
      subject = "Document scellé : {{name}}",
      text = [[
Bonjour,

Le document {{name}} a été scellé le {{date}}.
Vous le trouverez en pièce jointe.
]],
    },
    template "sealed" {
      language = "en",
      subject = "Document sealed: {{name}}",
      text = [[
Hello,

The document {{name}} was sealed on {{date}}.
You find it attached.
]],
    },
  },

  pipelines = include "pipelines/*.lua",
}
