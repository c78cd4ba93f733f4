return key {
  name = "office"
  plugin = "key-file",
}
