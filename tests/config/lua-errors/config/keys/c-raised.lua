error("this office has no key", 0)
