return { settings = settings { language = "en" } }
