return {
  providers = { provider { name = "office-stamp", plugin = "document-stamp", title = "Received" } },
  pipelines = {
    pipeline {
      name = "one",
      steps = {
        transform { id = "a" },
        transform { id = "b", plugin = "document-office", run = function(d) return {} end, into = "x" },
        transform { id = "c", run = function(d) return {} end, into = "x" },
        transform { id = "d", plugin = "document-office" },
        transform { id = "e", plugin = "document-office", into = "y", options = { token = secret_file("/t"), page = { margin = 3 } } },
        transform { id = "f", plugin = "notify-smtp", into = "z" },
        transform { id = "stamp-bare", plugin = "document-stamp", into = "stamped-1" },
        transform { id = "stamp", plugin = "office-stamp", into = "stamped-2" },
        choose { id = "g", by = "type", cases = {} },
        choose { id = "h", by = function(d) return d.type end, cases = { one = { validate { id = "h1" } } } },
        parallel { id = "i", branches = { only = { validate { id = "i1" } } } },
        each { id = "j", over = "pages", steps = { validate { id = "j1" } } },
        each { id = "k", over = function(d) return d.data.list end },
      },
    },
  },
}
