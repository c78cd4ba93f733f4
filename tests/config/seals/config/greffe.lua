return {
  keys = {
    key { name = "office", private_key = secret_file("/k") },
    key { name = "plain", private_key = secret_file("/p"), levels = { "B-B" } },
    key { name = "unused", private_key = secret_file("/u") },
  },
  timestamp_authorities = {
    timestamp_authority { name = "a", url = "https://a.example" },
    timestamp_authority { name = "b", url = "https://b.example" },
  },
  pipelines = {
    pipeline {
      name = "one",
      steps = {
        seal { id = "s1", key = "office", level = "B-T" },
        seal { id = "s2", key = "office", authorities = { "a" }, mark = { x = 10, y = 10, page = "middle" } },
        seal { id = "s3", key = "plain", level = "B-T", authorities = { "a", "b" } },
        seal { id = "s4", key = "office", certify = 2, mark = { y = 10, width = 1 } },
        seal { id = "s5", key = "office", level = "B-LTA", retry = { first_delay_seconds = 60, max_delay_seconds = 30 } },
      },
    },
    pipeline {
      name = "two",
      documents = { slot "a" {}, slot "b" {} },
      steps = { validate { id = "check" }, seal { id = "seal", key = "office" } },
    },
  },
}
