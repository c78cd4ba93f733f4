local atOffice = include "../lib/offices.lua"

return pipeline {
  name = "lease",
  type = "D",
  intake = { folder { path = "/srv/leases", manifest = "required", on_duplicate = "hold", folders_as_dossiers = true } },
  parties = { role "tenant" { many = true }, role "manager" { from = "space" } },
  documents = { slot "lease" {}, slot "identity" { per = "tenant" } },
  steps = {
    transform { id = "pdf", plugin = "document-office", documents = { "lease" }, into = "lease-pdf" },
    validate { id = "check", document = "lease-pdf", page_size = "A4", max_pages = 200, active_content = "refuse" },
    task {
      id = "verify",
      ask = "registration-officer",
      answers = { "validate", "refuse" },
      on = { refuse = refuse "documents not acceptable" },
      expires_days = 30,
      on_expired = refuse "nobody verified it in time",
    },
    choose {
      id = "size",
      by = function(d) return #d.documents > 3 and "large" or "small" end,
      cases = {
        large = { wait { id = "calm", for_seconds = 3600 } },
        small = { transform { id = "facts", run = function(d) return { office = atOffice(d) } end } },
      },
      otherwise = { refuse "no such size" },
    },
    seal { id = "seal", document = "lease-pdf", level = "B-T", key = "company", mark = { page = "last", x = 60, y = 640 } },
    parallel {
      id = "end",
      branches = {
        keep = { archive { id = "keep", retention_years = 30 } },
        tell = {
          notify { id = "tell", to = { "tenant", "manager" }, template = "lease-signed", attach = { "lease-pdf" }, on_error = "continue" },
        },
      },
    },
  },
}
