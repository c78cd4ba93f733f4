return {
  keys = { key { name = "office", private_key = secret_file("/k") } },
  archives = { archive { name = "vault" } },
  pipelines = {
    pipeline {
      name = "order",
      steps = {
        seal { id = "early", document = "converted", key = "office" },
        transform { id = "convert", plugin = "document-office", into = "converted" },
        seal { id = "right", document = "converted", key = "office" },
        archive { id = "keep" },
        seal { id = "late", document = "converted", key = "office" },
      },
    },
    pipeline {
      name = "ways",
      steps = {
        choose {
          id = "which",
          by = function(d) return d.type end,
          cases = {
            word = { transform { id = "convert", plugin = "document-office", into = "converted" } },
            pdf = { validate { id = "check" } },
          },
          otherwise = { refuse "neither" },
        },
        seal { id = "seal", document = "converted", key = "office" },
      },
    },
    pipeline {
      name = "ended",
      steps = {
        choose {
          id = "which",
          by = function(d) return d.type end,
          cases = { a = { refuse "no" }, b = { validate { id = "check" }, refuse "no" } },
          otherwise = { refuse { id = "other", reason = "no" } },
        },
        validate { id = "unreached" },
        validate { id = "unreached-too" },
      },
    },
    pipeline {
      name = "conditional",
      steps = {
        refuse { reason = "too many", when = function(d) return d.pages > 100 end },
        transform { id = "convert", plugin = "document-office", into = "converted", on_error = "continue" },
        validate { id = "check", document = "converted" },
      },
    },
    pipeline {
      name = "together",
      steps = {
        parallel {
          id = "both",
          branches = {
            left = { transform { id = "convert", plugin = "document-office", into = "left" } },
            right = { validate { id = "check-right" } },
          },
        },
        validate { id = "check-left", document = "left" },
        each { id = "all", over = "documents", as = "one", steps = { validate { id = "check-one", document = "one" } } },
        each { id = "taken", over = "parties", as = "document", steps = { validate { id = "check-taken", document = "document" } } },
        validate { id = "check-none", document = "one" },
      },
    },
  },
}
