local forgotten = key { name = "forgotten" }
