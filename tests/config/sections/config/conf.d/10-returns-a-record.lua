return settings { language = "en" }
