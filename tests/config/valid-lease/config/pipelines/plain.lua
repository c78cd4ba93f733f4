return pipeline { name = "plain", steps = { seal { id = "seal", key = "company" } } }
