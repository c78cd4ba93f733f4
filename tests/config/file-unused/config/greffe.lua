return { pipelines = { pipeline { name = "one", steps = { validate { id = "check" } } } } }
