local first = { settings = settings { language = "fr" } }
return { settings = settings { support_contact = "UTC" } }
