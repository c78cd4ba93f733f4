-- The plain main job: a PDF is dropped into a folder, checked, sealed, kept and announced.
--
-- A running dossier finds its place by the ids of the steps: rename one only together with the dossiers that are at it.
return pipeline {
  name = "seal",
  description = "Seals every PDF that is dropped into /srv/greffe/in",

  intake = {
    -- Results appear in out/ below this folder, refused files in rejected/, each with a receipt that says why.
    folder { path = "/srv/greffe/in", accepts = { "application/pdf" } },
  },

  steps = {
    validate {
      id = "check",
      page_size = "any",           -- A4, letter, 210x297 …
      max_pages = 500,
      encryption = "refuse",
      active_content = "refuse",
      signatures = "must_hold",    -- earlier signatures must be intact
    },
    seal {
      id = "seal",
      key = "office",
      level = "B-B",               -- B-T adds a proof of the time; it needs timestamp_authorities in greffe.lua
    },
    archive {
      id = "keep",
      policy = "full",
    },
    notify {
      id = "tell",
      to = { "office@example.org" },
      template = "sealed",
      attach = { "document" },
      on_error = "continue",       -- the document is sealed and kept, whether or not the mail left
    },
  },
}
