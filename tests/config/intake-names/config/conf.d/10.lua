local first = { settings = settings { language = "fr" } }
return { settings = settings { time_zone = "UTC" } }
