-- Whose time-stamps are taken, and what happens when nobody gives one.
return {
  keys = { key { name = "office", private_key = secret_file("/k") } },
  timestamp_authorities = {
    timestamp_authority { name = "known", url = "https://known.example", trust_anchors = "/etc/greffe/known.pem" },
    timestamp_authority { name = "anybody", url = "https://anybody.example" },
    timestamp_authority { name = "blank", url = "https://blank.example", trust_anchors = "" },
  },
  pipelines = {
    pipeline {
      name = "stamped",
      steps = {
        seal { id = "s1", key = "office", level = "B-T", authorities = { "known", "anybody", "blank" } },
        seal { id = "s2", key = "office", level = "B-T", authorities = { "nobody" }, on_no_timestamp = "drop" },
        seal { id = "s3", key = "office", level = "B-T" },
      },
    },
  },
}
