// SPDX-License-Identifier: Apache-2.0
#include "specs/spec_schema.h"

#include <algorithm>

namespace greffe {
namespace {

Option dossierOption() {
    return text("dossier", "Which dossier, by the name that its drop gave; the latest one when left out");
}

Schema part(const char* name, const char* doc, std::vector<Option> options) {
    Schema schema;
    schema.name = name;
    schema.group = SchemaGroup::Spec;
    schema.doc = doc;
    schema.options = std::move(options);
    return schema;
}

Schema specSchema() {
    Schema schema = part(
        "spec", "What happens to a dossier, and what must come of it; its entries are done in their order",
        {text("name", "What it says of the pipeline, in one sentence").required().upTo(200),
         text("pipeline", "Where its drops go; where there is only one, that one").naming(Refers::Pipeline),
         text("at", "When it begins: 2026-11-22, 2026-11-22T08:30 (UTC), 2026-11-22T08:30+01:00")
             .byDefault(R"("2026-01-05T09:00")")});
    schema.namedBy = "name";
    return schema;
}

Schema expectSchema() {
    return part(
        "expect", "What must be so now; what is not named may be as it likes",
        {dossierOption(),
         text("state", "Of the dossier")
             .oneOf({"ready", "running", "retry_wait", "waiting", "uncertain", "held", "done", "rejected",
                     "refused", "expired", "cancelled", "destroyed", "quarantined"}),
         text("reason", "The code of why: page_size, refused, …"), text("at", "A step at which it stands"),
         text("says", "What greffe dossier explain says, or a part of it"),
         text("due", "When the step at which it stands goes on by itself, to the minute"),
         list("asks", "Who is asked by open tasks, all of them", text("", "")).orEmpty(),
         list("ran", "Steps that ended well, all of them, in any order", text("", "")).orEmpty(),
         list("not_ran", "Steps that have not ended well", text("", "")),
         list("documents", "Slots that hold a document", text("", "")),
         data("facts", "By step: what it recorded, or a part of it"),
         data("data", "The dossier's data, or a part of it"), text("type", "The dossier's type"),
         list("sent", "All messages so far, each with what is named of it",
              table("", "",
                    {text("to", "The recipient"), text("subject", "Or a part of it"),
                     text("via", "The notifier"), text("says", "A part of the text"),
                     list("attached", "The attachments' names, all of them", text("", "")).orEmpty()}))
             .orEmpty(),
         integer("stamps", "How often an authority was asked for a time-stamp").from(0)});
}

std::vector<Schema> makeSchemas() {
    std::vector<Schema> all;
    all.push_back(specSchema());
    all.push_back(
        part("drop", "A document comes in, as an import brings it",
             {text("file", "Its bytes: a file below tests/; a made PDF when left out"),
              integer("pages", "Of the PDF that is made").from(1).upTo(1'000).byDefault("1"),
              text("named", "Its name; the file's own, or document.pdf").upTo(255),
              text("pipeline", "Where it goes; as the spec says when left out").naming(Refers::Pipeline),
              data("manifest", "What a manifest beside it would say: type, parties, data"),
              text("as", "How the spec calls the dossier from now on")}));
    all.push_back(part("answer", "A person answers a task",
                       {dossierOption(), text("step", "The task's step").required(),
                        text("with", "The answer").required(), text("reason", "Their words")}));
    all.push_back(part("event", "A provider's news, as its webhook brings it, for the step that waits for it",
                       {dossierOption(), text("step", "The step that waits").required(),
                        data("body", "What the provider says")}));
    all.push_back(part("service", "How a notifier or an authority behaves from now on",
                       {text("name", "The notifier or authority").required(),
                        text("is",
                             "Works; silent: nobody answers; refuses: for good; unknown: it may have "
                             "been done, nobody knows")
                            .oneOf({"working", "silent", "refusing", "unknown"})
                            .required()}));
    all.push_back(part(
        "advance", "Time passes, and what comes due on the way happens",
        {integer("days", "How long").from(0).byDefault("0"), integer("hours", "And").from(0).byDefault("0"),
         integer("minutes", "And").from(0).byDefault("0"), integer("seconds", "And").from(0).byDefault("0"),
         text("to", "Until then instead: a time as in spec")}));
    all.push_back(part("restart", "The daemon is killed and started again", {}));
    all.push_back(part(
        "operator", "An operator overrules",
        {dossierOption(), text("does", "What").oneOf({"retry", "cancel", "release", "resolve"}).required(),
         text("step", "resolve: the step that is uncertain"),
         boolean("happened", "resolve: whether it happened"),
         data("facts", "resolve: what later steps read of it"),
         text("reason", "Their words").byDefault(R"("spec")")}));
    all.push_back(expectSchema());
    return all;
}

}  // namespace

const std::vector<Schema>& specSchemas() {
    static const std::vector<Schema> kSchemas = makeSchemas();
    return kSchemas;
}

const Schema* findSpecSchema(std::string_view name) {
    const auto& all = specSchemas();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Schema& schema) { return schema.name == name; });
    return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> specConstructorNames() {
    std::vector<std::string> names;
    for (const Schema& schema : specSchemas())
        names.push_back(schema.name);
    return names;
}

}  // namespace greffe
