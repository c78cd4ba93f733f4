// SPDX-License-Identifier: Apache-2.0
// What the manual says of everything that is no step, and what functions of steps are given. The tests of
// schema_pages.cpp hold for these examples, too.
#include "config/schema_parts.h"

namespace greffe {
namespace {

SchemaPage instancePage(std::string_view name) {
    if (name == "key")
        return {
            "Certificate and private key are named by their files and never stand in the configuration: "
            "`secret_file` gives the path to the keys worker, which alone reads it.",
            R"lua(keys = {
  key {
    name = "office",
    private_key = secret_file("/etc/greffe/keys/office.key"),
    certificate = secret_file("/etc/greffe/keys/office.pem"),
  },
},)lua",
            {},
            {},
            {}};
    if (name == "timestamp_authority")
        return {
            "Whoever is named by `authorities` of a seal step. Without `trust_anchors` a time-stamp of "
            "anybody would do, which `check` says.",
            R"lua(timestamp_authorities = {
  timestamp_authority {
    name = "authority",
    url = "https://tsa.example/rfc3161",
    trust_anchors = "/etc/greffe/keys/authority-root.pem",
  },
},)lua",
            {},
            {},
            {}};
    if (name == "notifier")
        return {
            "A mail server, or another system that takes events over HTTP. The first one that is "
            "configured is taken where `via` is left out, if it is the only one.",
            R"lua(notifiers = {
  notifier { name = "mail", plugin = "notify-smtp", host = "localhost", from = "greffe@localhost", tls = "none" },
},)lua",
            {},
            {},
            {}};
    if (name == "signature_provider")
        return {
            "A service that has people sign: `sign` steps name it. What it can do stands in its plugin, and "
            "`check` refuses a step that asks for more. Its webhooks come to `/hooks/NAME` of the front.",
            R"lua(signature_providers = {
  signature_provider {
    name = "esign",
    plugin = "sign-rest",
    url = "https://sign.example/api",
    api_key = secret_file("/etc/greffe/keys/esign.key"),
  },
},)lua",
            {},
            {},
            {}};
    if (name == "archive")
        return {"Containers lie there by year and month, each one file that can be verified alone.",
                R"lua(archives = { archive { name = "vault", path = "/srv/greffe/kept" } },)lua",
                {},
                {},
                {}};
    return {
        "Gives a plugin its options under a name: a queue that documents come from, a transformer that "
        "needs settings.",
        R"lua(providers = {
  provider { name = "leases", plugin = "intake-amqp", queue = "leases", password = secret_file("/etc/greffe/queue") },
},)lua",
        {},
        {},
        {}};
}

SchemaPage intakePage(std::string_view name) {
    if (name == "folder")
        return {
            "A file that no longer changes is taken by rename, copied and hashed; what is sealed are these "
            "bytes, whatever happens to the file. It ends in exactly one of `done/`, `rejected/` and "
            "`quarantine/` below the folder, with a receipt; results lie in `out/`. Inside a pipeline's "
            "`intake` the option `pipeline` is left out.",
            R"lua(intakes = {
  folder {
    name = "leases",
    path = "/srv/greffe/leases",
    pipeline = "example",
    accepts = { "application/pdf" },
    manifest = "optional",
    on_duplicate = "hold",
  },
},)lua",
            {},
            {},
            {}};
    return {
        "Each message is one document, in its body or as the name of a file below `reference_root`. It is "
        "acknowledged after its dossier was committed, so that nothing is lost; what comes twice is "
        "recognised.",
        R"lua(intakes = { queue { provider = "leases", pipeline = "example", accepts = { "application/pdf" } } },)lua",
        {},
        {},
        {}};
}

SchemaPage partPage(std::string_view name) {
    if (name == "slot")
        return {"Steps name documents by their slots. A pipeline without slots has one, called `document`.",
                R"lua(documents = {
  slot "document" { accepts = { "application/pdf" } },
  slot "annex" { mandatory = false },
},)lua",
                {},
                {},
                {}};
    return {
        "Whom messages go to, and who is in `d.parties`. They come with the manifest of a document: role, "
        "name, email, phone, language.",
        R"lua(parties = { role "tenant" { many = true, optional = true } },)lua",
        {},
        {},
        {}};
}

}  // namespace

SchemaPage housePage(SchemaGroup group, std::string_view name) {
    switch (group) {
        case SchemaGroup::Instance: return instancePage(name);
        case SchemaGroup::Intake: return intakePage(name);
        case SchemaGroup::Part: return partPage(name);
        case SchemaGroup::Template:
            return {
                "Mustache tags in double braces are filled in for each recipient. Built in, in French and "
                "English, are `sealed`, `rejected`, `held`, `missing-documents` and `task`; an entry of "
                "the same name goes over them.",
                R"lua(templates = {
  template "sealed" { language = "en", subject = "Sealed: {{document_name}}", text = "Dossier {{id}} is done." },
},)lua",
                {},
                {},
                {}};
        case SchemaGroup::Settings:
            return {
                "What is left out has its default. Values that are read at start only say so below: a "
                "reload keeps the old ones and tells which.",
                R"lua(settings = settings { spool = "/var/lib/greffe", language = "en", retention_years = 10 },)lua",
                {},
                {},
                {}};
        case SchemaGroup::Pipeline:
            return {
                "One file in `pipelines/` each, which returns it. A running dossier keeps the pipeline "
                "under which it came in and finds its place by the ids of the steps. `greffe pipeline show "
                "NAME` draws it, `greffe simulate` tries it, `greffe config new NAME` writes a first one.",
                R"lua(return pipeline {
  name = "example",
  description = "Seals what is imported",
  steps = { seal { id = "seal", key = "office" } },
})lua",
                {},
                {},
                {}};
        case SchemaGroup::Spec:
        case SchemaGroup::Step: break;
    }
    return {};
}

const std::vector<ViewClass>& dossierView() {
    static const std::vector<ViewClass> kView = {
        {"Dossier",
         "What a function is given as its first argument: read-only, equal each time it is asked",
         {{"id", "string", "The dossier's id"},
          {"type", "string", "The type of its pipeline, or of its manifest"},
          {"pipeline", "string", "Name of its pipeline"},
          {"created_unix", "integer", "When it came in, in seconds since 1970; there is no other clock here"},
          {"data", "table<string, any>", "What came with it: `data` of the manifest; empty without one"},
          {"parties", "greffe.Party[]", "The people of the dossier"},
          {"documents", "table<string, greffe.Document>", "Documents by slot, or by the name a step gave"},
          {"facts", "table<string, greffe.Facts>",
           "What steps recorded, by their ids; of steps inside an each that this one is not in: a list"},
          {"item", "any", "Inside an each: the thing, as in the second argument"}}},
        {"Document",
         "A document of the dossier",
         {{"id", "string", "Its id"},
          {"name", "string", "Its file name, made harmless"},
          {"media_type", "string", "Such as application/pdf"},
          {"size_bytes", "integer", "Its size"},
          {"sha256", "string", "Its digest, hexadecimal"},
          {"produced_by", "string", "The step that made it; empty when it came in"}}},
        {"Party",
         "A person or organisation of the dossier",
         {{"role", "string", "The role in this pipeline"},
          {"name", "string?", "As people call it"},
          {"email", "string?", "Where mails go"},
          {"phone", "string?", "In the form +33612345678"},
          {"language", "string?", "fr or en"}}}};
    return kView;
}

}  // namespace greffe
