// SPDX-License-Identifier: Apache-2.0
// Settings, intakes, instances, templates and pipelines. The steps are in schema_steps.cpp.
#include "config/schema_parts.h"

namespace greffe {

std::vector<Schema> settingsSchemas() {
    return {
        {"settings",
         SchemaGroup::Settings,
         "Where the daemon keeps things and how much it may use",
         {
             text("spool", "Folder of the journal and the documents")
                 .byDefault(R"("/var/lib/greffe")")
                 .naming(Refers::AbsolutePath)
                 .frozen(),
             text("store", "Keeps the journal: sqlite, or the id of a store plugin")
                 .byDefault(R"("sqlite")")
                 .frozen(),
             text("control_socket", "Socket that the operator's commands speak to, the daemon's one door")
                 .byDefault(R"("/run/greffe/control.sock")")
                 .naming(Refers::AbsolutePath)
                 .frozen(),
             text("front_address", "Address that the portal and the API listen on")
                 .byDefault(R"("127.0.0.1")")
                 .frozen(),
             integer("front_port", "Port of the portal and the API; 0 for none")
                 .from(0)
                 .upTo(65535)
                 .byDefault("8480")
                 .frozen(),
             text("language", "Language of receipts and messages when nothing else says")
                 .oneOf({"fr", "en"})
                 .byDefault(R"("fr")"),
             text("support_contact", "Whom to ask when something fails; shown in receipts")
                 .byDefault(R"("")")
                 .orEmpty(),
             integer("retention_years", "How long finished dossiers are kept when the pipeline does not say")
                 .from(0)
                 .upTo(100)
                 .byDefault("10"),
             integer("max_mebibytes", "Largest document that is taken").from(1).upTo(4096).byDefault("256"),
             integer("max_dossiers_in_progress", "Admission pauses above it")
                 .from(1)
                 .upTo(10'000'000)
                 .byDefault("1000000"),
             integer("min_free_mebibytes", "Admission pauses when the spool has less room")
                 .from(0)
                 .upTo(1'048'576)
                 .byDefault("1024"),
             integer("document_workers", "Processes that read and write documents; 0: one a processor")
                 .from(0)
                 .upTo(256)
                 .byDefault("0"),
             integer("key_workers", "Processes that sign with one key, started as needed; 0: one a processor")
                 .from(0)
                 .upTo(64)
                 .byDefault("0"),
             integer("lua_workers", "Processes that evaluate the functions of steps")
                 .from(1)
                 .upTo(64)
                 .byDefault("1"),
             integer("worker_memory_mebibytes", "Memory of one worker")
                 .from(64)
                 .upTo(65536)
                 .byDefault("1024"),
             integer("worker_steps", "Steps after which a worker is replaced")
                 .from(1)
                 .upTo(1'000'000)
                 .byDefault("10000"),
             boolean("allow_without_landlock",
                     "Workers with keys or network run on kernels without Landlock, too")
                 .byDefault("false"),
             integer("shutdown_seconds", "How long running steps may finish at a stop")
                 .from(1)
                 .upTo(3600)
                 .byDefault("30"),
         },
         false,
         {}}};
}

std::vector<Schema> intakeSchemas() {
    return {
        {"folder",
         SchemaGroup::Intake,
         "A folder that people and programs drop files into",
         {
             text("name", "Name in metrics and receipts; the folder's own name when left out")
                 .naming(Refers::Name),
             text("path", "The folder that is watched; results appear in out/ below it")
                 .required()
                 .naming(Refers::AbsolutePath),
             text("pipeline", "Where its dossiers go; left out inside a pipeline's intake")
                 .naming(Refers::Pipeline),
             boolean("recursive", "Look into subfolders too").byDefault("false"),
             list("accepts", "Media types that are taken; empty: any", text("", "").naming(Refers::MediaType))
                 .orEmpty()
                 .byDefault("[]"),
             text("manifest", "Whether a manifest (x.json beside x.pdf) describes each document")
                 .oneOf({"none", "optional", "required"})
                 .byDefault(R"("none")"),
             integer("manifest_wait_seconds",
                     "How long a document waits for its manifest; 600 when that is required, else 0")
                 .from(0)
                 .upTo(604'800),
             integer("stable_seconds", "A file is taken once it has not changed for so long")
                 .from(0)
                 .upTo(3600)
                 .byDefault("2"),
             integer("rescan_seconds", "How often the whole folder is looked through")
                 .from(1)
                 .upTo(86400)
                 .byDefault("30"),
             text("on_duplicate", "What happens with content that was received before")
                 .oneOf({"new_dossier", "skip", "hold"})
                 .byDefault(R"("new_dossier")"),
             integer("max_mebibytes", "Largest file; the settings' limit when left out").from(1).upTo(4096),
             text("language", "Language of its receipts").oneOf({"fr", "en"}),
             text("ready_marker", "Ending of a file that says: the one beside me is complete")
                 .orEmpty()
                 .byDefault(R"("")"),
             boolean("archives_as_dossiers", "A zip or tar is one dossier with its members as documents")
                 .byDefault("false"),
             boolean("folders_as_dossiers", "A subfolder is one dossier with its files as documents")
                 .byDefault("false"),
         },
         false,
         {}},
        {"queue",
         SchemaGroup::Intake,
         "A message queue or mailbox that documents come from",
         {
             text("name", "Name in metrics and receipts; the provider's when left out").naming(Refers::Name),
             text("provider", "The provider that reads it").required().naming(Refers::Provider),
             text("pipeline", "Where its dossiers go; left out inside a pipeline's intake")
                 .naming(Refers::Pipeline),
             list("accepts", "Media types that are taken; empty: any", text("", "").naming(Refers::MediaType))
                 .orEmpty()
                 .byDefault("[]"),
             text("on_duplicate", "What happens with content that was received before")
                 .oneOf({"new_dossier", "skip", "hold"})
                 .byDefault(R"("new_dossier")"),
             integer("max_mebibytes", "Largest document; the settings' limit when left out")
                 .from(1)
                 .upTo(4096),
             text("language", "Language of its receipts").oneOf({"fr", "en"}),
             text("reference_root",
                  "Folder below which a message may name a file instead of carrying it; left out: none may")
                 .naming(Refers::AbsolutePath),
         },
         false,
         {}},
    };
}

namespace {

// What the wire of sans-IO plugins may do (plugin_host/wire_settings.h). Left out rather than filled in: a
// plan that says nothing of them means the strictest.
std::vector<Option> wireOptions() {
    return {boolean("allow_private_address",
                    "Plugins over HTTP: addresses of this machine and of private networks"),
            boolean("allow_http", "Plugins over HTTP: http without TLS, to such addresses only"),
            list("endpoints", "Plugins over HTTP: more hosts than their own options name", text("", ""))
                .orEmpty(),
            text("tls_ca_file", "Plugins over HTTP: trust roots instead of the system's, absolute path"),
            text("proxy", "Plugins over HTTP: the proxy to go through; the environment's are never used"),
            integer("connect_timeout_seconds", "Plugins over HTTP: from the name to the connection")
                .from(1)
                .upTo(3600),
            integer("max_timeout_seconds", "Plugins over HTTP: the longest a plugin may wait for an answer")
                .from(1)
                .upTo(3600),
            integer("max_answer_mebibytes", "Plugins over HTTP: the largest answer a plugin may ask for")
                .from(1)
                .upTo(512)};
}

}  // namespace

std::vector<Schema> instanceSchemas() {
    const auto instance = [](const char* name, const char* doc, const char* plugin,
                             std::vector<Option> more = {}) {
        Schema schema{name, SchemaGroup::Instance, doc, {}, true, {}};
        schema.options.push_back(
            text("name", "Its name, by which steps refer to it").required().naming(Refers::Name));
        Option which = text("plugin", "Plugin that does the work").naming(Refers::Plugin);
        schema.options.push_back(*plugin == '\0'
                                     ? std::move(which).required()
                                     : std::move(which).byDefault("\"" + std::string(plugin) + "\""));
        for (Option& option : more)
            schema.options.push_back(std::move(option));
        return schema;
    };
    return {
        instance(
            "key", "A key that seals, and its certificate", "key-file",
            {list("levels", "Levels of seals that it may be used for", text("", "").oneOf({"B-B", "B-T"}))
                 .byDefault(R"(["B-B","B-T"])")}),
        instance("timestamp_authority", "A service that proves the time (RFC 3161)", "tsa-rfc3161",
                 wireOptions()),
        instance("notifier", "A way of telling people or systems", "", wireOptions()),
        instance("signature_provider", "A service that has documents signed by people", "", wireOptions()),
        instance("archive", "A place that keeps finished dossiers", "archive-folder"),
        instance("provider", "A service beyond this machine", "", wireOptions()),
        {"template",
         SchemaGroup::Template,
         "The text of a message, once a language",
         {
             text("name", "Its name, by which steps refer to it").required().naming(Refers::Name),
             text("language", "Language that it is written in").oneOf({"fr", "en"}).byDefault(R"("fr")"),
             text("subject", "Subject line, with {{tags}}").required().upTo(200),
             text("text", "Plain text, with {{tags}}").required(),
             text("html", "The same as HTML, with {{tags}}"),
         },
         false,
         "name"},
    };
}

std::vector<Schema> pipelineSchemas() {
    return {
        {"pipeline",
         SchemaGroup::Pipeline,
         "The steps that a dossier of one kind goes through",
         {
             text("name", "Its name, by which intakes and operators call it").required().naming(Refers::Name),
             text("type", "Type letter or word that its dossiers carry")
                 .byDefault(R"("document")")
                 .naming(Refers::Name),
             text("description", "What it is for, in a sentence").orEmpty().byDefault(R"("")"),
             records("intake", "Where its dossiers come from", {"folder", "queue"}),
             records("documents", "The documents of a dossier; one slot \"document\" when left out",
                     {"slot"}),
             records("parties", "The people of a dossier", {"role"}),
             integer("priority", "Who goes first when there is a crowd; 9 is most urgent")
                 .from(0)
                 .upTo(9)
                 .byDefault("5"),
             text("language", "Language of its messages").oneOf({"fr", "en"}),
             steps("steps", "What happens, in order").required(),
         },
         false,
         "name"},
        {"slot",
         SchemaGroup::Part,
         "A place for a document in a dossier",
         {
             text("name", "Its name, by which steps refer to it").required().naming(Refers::Name),
             boolean("mandatory", "The dossier is not complete without it").byDefault("true"),
             boolean("signed", "It must have been signed").byDefault("false"),
             text("per", "One for each party with this role").naming(Refers::Role),
             list("accepts", "Media types that fit; empty: any", text("", "").naming(Refers::MediaType))
                 .orEmpty()
                 .byDefault("[]"),
         },
         false,
         "name"},
        {"role",
         SchemaGroup::Part,
         "What a party is in a dossier",
         {
             text("name", "Its name, by which steps refer to it").required().naming(Refers::Name),
             boolean("many", "Several parties may have it").byDefault("false"),
             boolean("optional", "A dossier may be without").byDefault("false"),
             text("from", "Where the party is taken from")
                 .oneOf({"manifest", "space"})
                 .byDefault(R"("manifest")"),
         },
         false,
         "name"},
    };
}

}  // namespace greffe
