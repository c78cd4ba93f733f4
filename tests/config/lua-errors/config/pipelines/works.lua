return pipeline {
  name = "works",
  steps = { validate { id = "check", page_siz = "A4" } },
}
