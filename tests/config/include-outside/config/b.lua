return key { name = "office", private_key = secret_file("/k") }
