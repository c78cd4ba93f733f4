-- What the pipeline "seal" promises. `greffe test` runs this: nothing is sent, sealed with a real key or kept, and no time
-- passes. Write the spec first when you change the pipeline.
local sealed_and_kept = { "check", "seal", "keep" }

return {
  spec "a document is checked, sealed, kept and announced" {
    drop { named = "contract.pdf" },
    expect {
      state = "done",
      ran = { "check", "seal", "keep", "tell" },
      facts = { check = { pages = 1 }, seal = { level = "B-B", key = "office" } },
      sent = { { to = "office@example.org", via = "mail", subject = "Document scellé : contract.pdf", attached = { "contract.pdf" } } },
      stamps = 0,
    },
  },

  spec "a document with too many pages is rejected, and nothing is sealed or sent" {
    drop { pages = 501 },
    expect { state = "rejected", reason = "page_count", ran = {}, sent = {} },
  },

  spec "the largest document that is taken has 500 pages" {
    drop { pages = 500 },
    expect { state = "done", ran = { "check", "seal", "keep", "tell" } },
  },

  spec "what is no PDF is rejected" {
    drop { file = "samples/letter.txt" },
    expect { state = "rejected", reason = "not_a_pdf", ran = {}, sent = {} },
  },

  spec "a document with a script is rejected" {
    drop { file = "samples/script.pdf" },
    expect { state = "rejected", reason = "active_content", ran = {}, sent = {} },
  },

  spec "a document that asks for a password is rejected" {
    drop { file = "samples/password.pdf" },
    expect { state = "rejected", reason = "password_needed", ran = {}, sent = {} },
  },

  spec "a document that is encrypted, though anybody may read it, is rejected" {
    drop { file = "samples/owner-locked.pdf" },
    expect { state = "rejected", reason = "encrypted", ran = {}, sent = {} },
  },

  spec "a document with a broken signature is rejected" {
    drop { file = "samples/broken-signature.pdf" },
    expect { state = "rejected", reason = "signature_broken", ran = {}, sent = {} },
  },

  spec "a mail server that is away is asked again, and the mail leaves once" {
    service { name = "mail", is = "silent" },
    drop {},
    expect { state = "retry_wait", at = "tell", ran = sealed_and_kept, sent = {} },
    service { name = "mail", is = "working" },
    advance { minutes = 10 },
    expect { state = "done", sent = { { to = "office@example.org" } } },
  },

  spec "a mail server that stays away does not hold up what is sealed and kept" {
    service { name = "mail", is = "silent" },
    drop {},
    advance { hours = 8 },
    expect { state = "done", ran = sealed_and_kept, sent = {} },
  },

  spec "a mail that is refused does not hold up what is sealed and kept" {
    service { name = "mail", is = "refusing" },
    drop {},
    expect { state = "done", ran = sealed_and_kept, sent = {} },
  },
}
