return {
  settings = settings {
    language = "de",
    retention_years = -1,
    front_port = 99999,
    max_mebibytes = "256",
    shutdown_seconds = 2.5,
    front_address = "",
    "stray",
    control_socket = "greffe.sock",
    document_workers = function() return 4 end,
    lua_wokers = 2,
    support_contact = secret_file("/etc/contact"),
    store = "store-postgresql",
  },
  templates = { template "sealed" { name = "other", subject = ("long "):rep(50), text = "x" } },
  pipelines = {
    pipeline {
      name = "a b",
      steps = {
        validate { id = "check", media_type = "pdf", page_size = "A44", page_size_tolerance_millimetres = "2" },
        validate { id = "again", retry = { attempt = 3, first_delay_seconds = 9999 } },
        validate { page_size = "210 x 297", retry = 5, min_pages = 9, max_pages = 3 },
        validate { id = "text", media_type = 5, when = "yes" },
        task { id = "ask", ask = "clerk", answers = {}, expires_days = 3, on_expired = "continue" },
        task { id = "ask2", ask = "clerk", answers = { "yes", "no", "yes" }, expires_days = 3, on_expired = "continue" },
        wait "a while",
      },
    },
  },
}
