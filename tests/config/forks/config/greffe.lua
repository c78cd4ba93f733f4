-- Steps that go at once must not change one document; what a step makes gets a name of its own.
return {
  keys = { key { name = "office", private_key = secret_file("/k") } },
  archives = { archive { name = "vault" } },
  pipelines = {
    pipeline {
      name = "branches",
      steps = {
        parallel {
          id = "both",
          branches = {
            a = { seal { id = "seal-a", key = "office" }, archive { id = "keep" } },
            b = { choose { id = "which", by = function(d) return d.type end, cases = { x = { seal { id = "seal-b", key = "office" } } },
                           otherwise = { wait { id = "rest", for_seconds = 5 } } } },
          },
        },
        parallel {
          id = "made",
          branches = {
            a = { transform { id = "make-a", plugin = "document-office", into = "copy" } },
            b = { transform { id = "make-b", plugin = "document-office", into = "copy" } },
          },
        },
      },
    },
    pipeline {
      name = "items",
      steps = {
        each { id = "thrice", over = function(d) return { "a", "b", "c" } end, as = "letter",
               steps = { seal { id = "seal-each", document = "document", key = "office" } } },
        each { id = "all", over = "documents", as = "one", steps = { seal { id = "seal-one", document = "one", key = "office" } } },
      },
    },
    pipeline {
      name = "one-after-the-other",
      steps = {
        seal { id = "first", key = "office" },
        parallel {
          id = "calm",
          branches = { a = { seal { id = "second", key = "office" } }, b = { wait { id = "pause", for_seconds = 5 } } },
        },
        seal { id = "third", key = "office" },
      },
    },
    pipeline {
      name = "names",
      documents = { slot "lease" {}, slot "sealed" {} },
      steps = {
        transform { id = "over", plugin = "document-office", documents = { "lease" }, into = "lease" },
        transform { id = "house", plugin = "document-office", documents = { "lease" }, into = "sealed" },
        transform { id = "once", plugin = "document-office", documents = { "lease" }, into = "pdf" },
        transform { id = "again", plugin = "document-office", documents = { "lease" }, into = "pdf" },
        transform { id = "word", plugin = "document-office", documents = { "lease" }, into = "clean", when = function(d) return d.type == "w" end },
        transform { id = "image", plugin = "document-office", documents = { "lease" }, into = "clean", when = function(d) return d.type == "i" end },
        wait { id = "own-end", for_seconds = 60, expires_days = 1, on_expired = refuse "late" },
        wait { id = "wrong", for_event = "paid", expires_days = "one" },
      },
    },
  },
}
