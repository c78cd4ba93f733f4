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

  -- Who proves the time of a seal (level = "B-T"): the first that answers is taken. Name their root certificates: without
  -- trust_anchors a time-stamp of anybody would do.
  -- timestamp_authorities = {
  --   timestamp_authority {
  --     name = "authority",
  --     url = "https://tsa.example/rfc3161",
  --     trust_anchors = "/etc/greffe/keys/authority-root.pem",
  --   },
  -- },

  -- How people are told. Without a mail server, take this out together with the step `tell` of pipelines/seal.lua.
  notifiers = {
    notifier {
      name = "mail",
      plugin = "notify-smtp",
      host = "localhost",
      from = "greffe@localhost",
      tls = "none",              -- for a server on this machine; "starttls" is what others need
    },
  },

  archives = {
    archive { name = "vault", plugin = "archive-folder", path = "/srv/greffe/kept" },
  },

  -- Texts of messages. These are built in: sealed, rejected, held, missing-documents and task, in French and English
  -- (config/templates shows them). An entry of the same name goes over them.
  templates = {
    -- template "sealed" { language = "fr", subject = "Scellé : {{document_name}}", text = [[ … ]] },
  },

  pipelines = include "pipelines/*.lua",
}
