return {
  settings = settings { language = "fr", max_mebibytes = 9, language = "en" },
  pipelines = {},
  pipelines = {
    pipeline {
      name = "one",
      steps = {
        validate { id = "a", max_pages = 1, min_pages = 1, max_pages = 2 },
        validate { id = "b", max_pages = 1 },
      },
    },
  },
}
