return pipeline { name = "b", steps = { validate { id = "check" } } }
