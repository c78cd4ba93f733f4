return {
  settings = settings { retention_years = 30 },
  keys = { key { name = "office", private_key = secret_file("/srv/keys/office.key") } },
}
