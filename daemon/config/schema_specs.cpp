// SPDX-License-Identifier: Apache-2.0
#include "config/spec_schema.h"

#include <algorithm>

namespace greffe {
namespace {

Option dossierOption() {
    return text("dossier", "Which dossier, by the name that its drop gave; the latest one when left out");
}

Schema entry(const char* name, const char* doc, const char* purpose, const char* example,
             std::vector<Option> options) {
    Schema schema;
    schema.name = name;
    schema.group = SchemaGroup::Spec;
    schema.doc = doc;
    schema.page.purpose = purpose;
    schema.page.example = example;
    schema.options = std::move(options);
    return schema;
}

Schema specSchema() {
    Schema schema = entry(
        "spec", "What happens to a dossier, and what must come of it; its entries are done in their order",
        "A file of `tests/` returns a list of these. Each has a world of its own: the real plan, steps and "
        "states, a clock "
        "that is moved, nothing that leaves. It runs twice, the second time with a restart between every two "
        "steps "
        "of the pipeline, and must end the same.",
        R"lua(spec "an officer's refusal ends the dossier, and nothing is sent" {
  at = "2026-03-27T09:00+01:00",
  drop { named = "lease.pdf" },
  answer { step = "verify", with = "refuse" },
  expect { state = "refused", sent = {} },
},)lua",
        {text("name", "What it says of the pipeline, in one sentence").required().upTo(200),
         text("pipeline", "Where its drops go; where there is only one, that one").naming(Refers::Pipeline),
         text("at", "When it begins: 2026-11-22, 2026-11-22T08:30 (UTC), 2026-11-22T08:30+01:00")
             .byDefault(R"("2026-01-05T09:00")")});
    schema.namedBy = "name";
    return schema;
}

Schema expectSchema() {
    return entry(
        "expect", "What must be so now; what is not named may be as it likes",
        "Everything that is named is compared, and all that differs is told, with the timeline up to there. "
        "An empty list "
        "says that there is none: `sent = {}` holds only while nothing has left.",
        R"lua(expect {
  state = "done",
  ran = { "check", "seal", "keep", "tell" },
  facts = { seal = { level = "B-B" } },
  sent = { { to = "office@example.org", attached = { "lease.pdf" } } },
},)lua",
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
         list("asked_to_sign", "Mail addresses of all who were asked to sign so far", text("", "")).orEmpty(),
         integer("stamps", "How often an authority was asked for a time-stamp").from(0)});
}

std::vector<Schema> makeSchemas() {
    std::vector<Schema> all;
    all.push_back(specSchema());
    all.push_back(entry(
        "drop", "A document comes in, as an import brings it",
        "The dossier goes on at once, as far as it can without somebody's answer or the passing of time. "
        "An archive is taken apart where the pipeline's intake does so (`archives_as_dossiers`).",
        R"lua(drop { file = "samples/lease.pdf", as = "lease", manifest = { type = "L", data = { rent = 800 } } },)lua",
        {text("file", "Its bytes: a file below tests/; a made PDF when left out"),
         integer("pages", "Of the PDF that is made").from(1).upTo(1'000).byDefault("1"),
         text("named", "Its name; the file's own, or document.pdf; of a folder: dossier").upTo(255),
         text("pipeline", "Where it goes; as the spec says when left out").naming(Refers::Pipeline),
         list(
             "documents",
             "Instead of one document: a folder that holds these, where the intake takes folders as dossiers",
             table("", "",
                   {text("file", "Its bytes: a file below tests/; a made PDF when left out"),
                    integer("pages", "Of the PDF that is made").from(1).upTo(1'000).byDefault("1"),
                    text("named", "Its name in the folder; the file's own, or document.pdf").upTo(255)}))
             .from(1)
             .upTo(120),
         data("manifest",
              "What a manifest beside it would say, or in a folder its manifest.json: type, parties, data"),
         text("as", "How the spec calls the dossier from now on")}));
    all.push_back(entry("answer", "A person answers a task",
                        "As `greffe task answer` does it: a step that asks nobody, or does not know the "
                        "answer, fails the spec.",
                        R"lua(answer { step = "verify", with = "refuse", reason = "the name is wrong" },)lua",
                        {dossierOption(), text("step", "The task's step").required(),
                         text("with", "The answer").required(), text("reason", "Their words")}));
    all.push_back(
        entry("event", "A provider's news, as its webhook brings it, for the step that waits for it",
              "For a step `wait { for_event = … }` that is waiting; its facts are what the body says.",
              R"lua(event { step = "paid", body = { amount = 800 } },)lua",
              {dossierOption(), text("step", "The step that waits").required(),
               data("body", "What the provider says")}));
    all.push_back(entry(
        "signer", "A person who was asked to sign does something at the service",
        "For a step `sign` that waits. The service's webhook follows at once, unless `webhook = false`: then "
        "the step finds out by itself, some time later.",
        R"lua(signer { step = "signatures", who = "tenant", does = "refuse", reason = "the rent is wrong" },)lua",
        {dossierOption(), text("step", "The step that waits").required(),
         text("who", "A role, a signer's id (tenant-2) or a mail address; everybody when left out"),
         text("does",
              "Signs with the right code; gives a wrong code, of which nothing comes; says no; take_back: "
              "somebody of the office takes the request back there")
             .oneOf({"sign", "wrong_code", "refuse", "take_back"})
             .byDefault(R"("sign")"),
         text("reason", "Their words"),
         boolean("webhook", "Whether the service tells of it").byDefault("true")}));
    all.push_back(entry("service", "How a notifier, an authority or a signature provider behaves from now on",
                        "It holds until the next `service` of that name.",
                        R"lua(service { name = "mail", is = "silent" },)lua",
                        {text("name", "The notifier, authority or signature provider").required(),
                         text("is",
                              "Works; silent: nobody answers; refuses: for good; unknown: it may have "
                              "been done, nobody knows")
                             .oneOf({"working", "silent", "refusing", "unknown"})
                             .required()}));
    all.push_back(entry("advance", "Time passes, and what comes due on the way happens",
                        "A day is 24 hours; `to`, with a time zone, crosses a change of clocks as people do.",
                        R"lua(advance { days = 31 },)lua",
                        {integer("days", "How long").from(0).upTo(36'500).byDefault("0"),
                         integer("hours", "And").from(0).upTo(876'000).byDefault("0"),
                         integer("minutes", "And").from(0).upTo(52'560'000).byDefault("0"),
                         integer("seconds", "And").from(0).upTo(3'153'600'000).byDefault("0"),
                         text("to", "Until then instead: a time as in spec")}));
    all.push_back(
        entry("restart", "The daemon is killed and started again",
              "A crash: what was under way begins again, and what may have been done once is not done twice.",
              R"lua(restart {},)lua", {}));
    all.push_back(entry(
        "operator", "An operator overrules",
        "As `greffe dossier retry`, `cancel`, `resolve` and `greffe quarantine release` do it.",
        R"lua(operator { does = "cancel", reason = "sent by mistake" },)lua",
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
