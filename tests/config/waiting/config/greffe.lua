return {
  pipelines = {
    pipeline {
      name = "one",
      steps = {
        task { id = "a", ask = "clerk", answers = { "yes", "no" }, on = { no = refuse "no", maybe = "continue" } },
        task { id = "b", ask = "clerk", answers = { "yes", "no" }, expires_days = 30, on = { no = "stop", yes = { validate { id = "check" } } } },
        task { id = "c", ask = "clerk", answers = { "yes" }, on_expired = refuse "late" },
        wait { id = "d" },
        wait { id = "e", for_event = "paid", for_seconds = 5 },
        wait { id = "f", for_event = "paid", expires_days = 30 },
        wait { id = "g", for_event = "paid" },
        wait { id = "h", until_date = "2026-02-30" },
        wait { id = "i", until_date = function(d) return d.data.due end },
      },
    },
  },
}
