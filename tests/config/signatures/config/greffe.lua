return {
  signature_providers = {
    signature_provider { name = "esign", plugin = "sign-rest", url = "https://sign.example/api" },
    signature_provider { name = "other", plugin = "sign-rest", url = "https://other.example/api" },
    signature_provider { name = "mail", plugin = "notify-smtp", host = "localhost" },
  },
  archives = { archive { name = "vault", path = "/srv/kept" } },
  pipelines = {
    pipeline {
      name = "one",
      documents = { slot "lease" {}, slot "annex" {} },
      parties = { role "tenant" { many = true }, role "landlord" {} },
      steps = {
        sign { id = "a", documents = { "lease" }, signers = { "tenant" } },
        sign { id = "b", provider = "nobody", documents = { "lease" }, signers = { "tenant" }, expires_days = 30, on_expired = "continue" },
        sign { id = "c", provider = "esign", signers = { "tenent" }, expires_days = 30, on_expired = "continue" },
        sign { id = "d", provider = "esign", documents = { "lease" }, signers = { "tenant", "landlord", "tenant" }, level = "qualified",
               authentication = "sms", ordered = true, fields = { { signer = "tenant", page = 1, x = 20, top = 250 } },
               proof = "proof", expires_days = 30, on_expired = "continue" },
        sign { id = "e", provider = "esign", documents = { "lease" }, signers = { "tenant" }, proof = "evidence", expires_days = 30,
               on_expired = refuse "not signed in time", on_refused = { validate { id = "look", document = "evidence" } } },
        validate { id = "read", document = "evidence" },
        archive { id = "keep" },
        sign { id = "f", provider = "esign", documents = { "lease" }, signers = { "tenant" }, expires_days = 30, on_expired = "continue" },
      },
    },
  },
}
