// SPDX-License-Identifier: Apache-2.0
// The step kinds. Names of options follow three rules: nouns in snake_case, the unit at the end, one type
// each.
#include "config/schema_parts.h"

namespace greffe {
namespace {

Option documentOption() {
    return text("document", "The document: a slot, or what an earlier step made; the only slot when left out")
        .naming(Refers::Document);
}

Option expiresDays() {
    return integer("expires_days", "Days after which nobody waits any more; without it, it may wait for ever")
        .from(1)
        .upTo(3650);
}

Option onExpired() {
    return outcome(
        "on_expired",
        "What happens when the days are over: \"continue\", refuse \"…\" or steps; the dossier ends as "
        "expired when left out");
}

Schema validateSchema() {
    return {
        "validate",
        SchemaGroup::Step,
        "Refuses documents that are not as they should be",
        {
            documentOption(),
            text("media_type", "The media type that it must be")
                .oneOf({"application/pdf"})
                .byDefault(R"("application/pdf")"),
            text("page_size", "Size of every page: A4, letter, 210x297 …, or any")
                .byDefault(R"("any")")
                .naming(Refers::PageSize),
            number("page_size_tolerance_millimetres",
                   "How much a side may differ from the size that is asked for")
                .from(0)
                .upTo(100)
                .byDefault("2"),
            integer("min_pages", "Fewest pages that it may have").from(1).upTo(100'000).byDefault("1"),
            integer("max_pages", "Most pages that it may have").from(1).upTo(100'000).byDefault("10000"),
            text("encryption", "Whether encrypted files pass, if they open without a password")
                .oneOf({"refuse", "allow"})
                .byDefault(R"("refuse")"),
            text("active_content", "Whether scripts and launch actions pass")
                .oneOf({"refuse", "allow"})
                .byDefault(R"("refuse")"),
            text("embedded_files", "Whether files attached inside the file pass")
                .oneOf({"refuse", "allow"})
                .byDefault(R"("allow")"),
            text("foreign_bytes",
                 "Whether bytes in front of the PDF or behind it pass: a file may be an archive as well")
                .oneOf({"refuse", "allow"})
                .byDefault(R"("allow")"),
            text("orientation", "Which way pages must lie")
                .oneOf({"any", "portrait", "landscape"})
                .byDefault(R"("any")"),
            text("signatures", "What earlier signatures must be: anything, intact (must_hold), or not there")
                .oneOf({"any", "must_hold", "none"})
                .byDefault(R"("any")"),
        },
        false,
        {}};
}

Schema sealSchema() {
    return {
        "seal",
        SchemaGroup::Step,
        "Seals a document (PAdES) without changing a byte of what is there",
        {
            documentOption(),
            text("key", "The key that seals").required().naming(Refers::Key),
            text("level", "B-B, or B-T with a proof of the time").oneOf({"B-B", "B-T"}).byDefault(R"("B-B")"),
            list("authorities", "Time-stamp authorities, the first that answers is taken",
                 text("", "").naming(Refers::Authority))
                .orEmpty()
                .byDefault("[]"),
            text("on_no_timestamp", "When no authority answers: wait in the queue, fail, or seal at B-B")
                .oneOf({"queue", "fail", "degrade"})
                .byDefault(R"("queue")"),
            text("reason", "Why it is sealed, shown by readers").orFunction().upTo(200),
            text("location", "Where it is sealed, shown by readers").orFunction().upTo(200),
            integer("certify", "Certification: 1 allows no change, 2 forms, 3 forms and comments")
                .from(1)
                .upTo(3),
            table(
                "mark", "A visible mark on a page; none when left out",
                {
                    text("page", "The page: first, last or a number").byDefault(R"("last")"),
                    number("x", "Millimetres from the left edge")
                        .in("millimetres")
                        .from(0)
                        .upTo(5000)
                        .required(),
                    number("y", "Millimetres from the bottom edge")
                        .in("millimetres")
                        .from(0)
                        .upTo(5000)
                        .required(),
                    number("width", "Width in millimetres")
                        .in("millimetres")
                        .from(5)
                        .upTo(5000)
                        .byDefault("60"),
                    number("height", "Height in millimetres")
                        .in("millimetres")
                        .from(5)
                        .upTo(5000)
                        .byDefault("20"),
                    text("text", "What it says, line by line; the certificate's name and the date when empty")
                        .orEmpty()
                        .byDefault(R"("")")
                        .upTo(500),
                }),
        },
        false,
        {}};
}

Schema signSchema() {
    return {
        "sign",
        SchemaGroup::Step,
        "Has documents signed by people, and waits for them",
        {
            text("provider", "The signature provider; the only one when left out")
                .naming(Refers::SignatureProvider),
            list("documents", "What is signed; the only slot when left out",
                 text("", "").naming(Refers::Document)),
            list("signers",
                 "Who signs: roles of this pipeline, in their order; a function returns tables with "
                 "first_name, last_name, email, phone, language",
                 text("", ""))
                .orFunction()
                .returning("table[]")
                .required(),
            text("level", "The signatures' level (eIDAS)")
                .oneOf({"simple", "advanced", "qualified"})
                .byDefault(R"("simple")"),
            text("authentication", "How the service makes sure who signs: a code by SMS, by mail, or none")
                .oneOf({"none", "email", "sms"})
                .byDefault(R"("email")"),
            boolean("ordered", "Each signer is asked when those before have signed").byDefault("false"),
            boolean("may_decline", "Whether a signer may say no on the service's page").byDefault("true"),
            text("name", "What signers see as the request's name; the first document's when left out")
                .orFunction()
                .upTo(120),
            text("note", "A sentence for the signers").orFunction().upTo(500),
            text("language", "Language of the request; each signer's own, else the pipeline's, when left out")
                .oneOf({"fr", "en"}),
            list("fields", "Where signatures go; where the service puts them when left out",
                 table("", "",
                       {
                           text("signer", "The role").required(),
                           text("document", "The document; the first that is signed when left out"),
                           integer("page", "The page, from 1").from(1).upTo(100'000).required(),
                           number("x", "Millimetres from the left edge")
                               .in("millimetres")
                               .from(0)
                               .upTo(5000)
                               .required(),
                           number("top", "Millimetres from the top edge")
                               .in("millimetres")
                               .from(0)
                               .upTo(5000)
                               .required(),
                           number("width", "Width in millimetres")
                               .in("millimetres")
                               .from(5)
                               .upTo(5000)
                               .byDefault("60"),
                           number("height", "Height in millimetres")
                               .in("millimetres")
                               .from(5)
                               .upTo(5000)
                               .byDefault("20"),
                       }))
                .orEmpty()
                .byDefault("[]"),
            text("proof", "Keeps the service's proof as a document of this name").naming(Refers::Name),
            integer("poll_seconds", "The service is asked at least so often, also when no event comes")
                .from(10)
                .upTo(86'400)
                .byDefault("3600"),
            expiresDays(),
            onExpired(),
            outcome("on_refused",
                    "What happens when a signer says no; the dossier ends as refused when left out"),
            outcome("on_cancelled",
                    "What happens when the request is taken back at the service; the dossier ends as "
                    "cancelled when left out"),
        },
        false,
        {}};
}

Schema archiveSchema() {
    return {"archive",
            SchemaGroup::Step,
            "Keeps the dossier in one container file",
            {
                text("archive", "The archive; the only one when left out").naming(Refers::Archive),
                text("policy",
                     "What is kept: the dossier with its documents, or only what proves that it went its way")
                    .oneOf({"full", "proof_only"})
                    .byDefault(R"("full")"),
                integer("retention_years", "How long it is kept; the settings' years when left out")
                    .from(0)
                    .upTo(100),
            },
            false,
            {}};
}

Schema notifySchema() {
    return {
        "notify",
        SchemaGroup::Step,
        "Tells people or systems",
        {
            text("via", "The notifier; the only one when left out").naming(Refers::Notifier),
            list("to", "Who is told: addresses, and roles of this pipeline",
                 text("", "").naming(Refers::Recipient))
                .orFunction()
                .required(),
            text("template", "The text, by the name of a template").naming(Refers::Template),
            text("subject", "Subject line, instead of a template").orFunction().upTo(200),
            text("text", "Plain text, instead of a template").orFunction(),
            list("attach", "Documents that go with it", text("", "").naming(Refers::Document))
                .orEmpty()
                .byDefault("[]"),
            text("language", "Language of the text; each recipient's own, else the pipeline's, when left out")
                .oneOf({"fr", "en"}),
            text("on_unknown", "When nobody knows whether it left: send again, or ask an operator")
                .oneOf({"resend", "uncertain"})
                .byDefault(R"("resend")"),
        },
        false,
        {}};
}

Schema taskSchema() {
    return {
        "task",
        SchemaGroup::Step,
        "Asks a person and waits for the answer",
        {
            text("ask", "Who is asked: a role of the office, which need not be a party")
                .required()
                .naming(Refers::Role),
            text("question", "What is asked, as the person reads it").orEmpty().byDefault(R"("")").upTo(500),
            list("answers", "The possible answers", text("", "").naming(Refers::Name))
                .from(1)
                .upTo(20)
                .required(),
            map("on",
                "What follows an answer: \"continue\", refuse \"…\" or steps; an answer that is left out "
                "goes on",
                outcome("", "")),
            expiresDays(),
            onExpired(),
        },
        false,
        {}};
}

Schema waitSchema() {
    return {"wait",
            SchemaGroup::Step,
            "Waits for an event, some time or a date",
            {
                text("for_event", "Name of the event that somebody sends (greffe event send)")
                    .naming(Refers::Name),
                integer("for_seconds", "How long it waits").from(1).upTo(315'360'000),
                text("until_date", "The date until which it waits, such as 2026-12-31 (UTC)").orFunction(),
                expiresDays(),
                onExpired(),
            },
            false,
            {}};
}

Schema transformSchema() {
    return {"transform",
            SchemaGroup::Step,
            "Makes a document out of documents, or facts out of facts",
            {
                text("plugin", "The plugin that does it, or the provider entry that configures one")
                    .naming(Refers::Plugin),
                function("run", "A function that returns facts, instead of a plugin")
                    .returning("table<string, any>"),
                list("documents", "What it works on; the only slot when left out",
                     text("", "").naming(Refers::Document)),
                text("into", "Name of the document that it makes, for later steps").naming(Refers::Name),
                boolean("many", "It makes several documents: their names are that of into, -1, -2 and so on")
                    .byDefault("false"),
                table("options", "What the plugin is to do in this step", {}),
            },
            false,
            {}};
}

std::vector<Schema> controlSchemas() {
    return {
        {"choose",
         SchemaGroup::Step,
         "Goes one of several ways",
         {
             function("by", "The function that returns the name of a case").returning("string").required(),
             map("cases", "The ways by name, each a list of steps", steps("", "")).required(),
             steps("otherwise", "The way when no case has the name; without it the dossier is held then"),
         },
         false,
         {}},
        {"each",
         SchemaGroup::Step,
         "Does steps once for each of several things",
         {
             text("over", "What it goes over: documents, parties, or a function that returns a list")
                 .oneOf({"documents", "parties"})
                 .orFunction()
                 .returning("any[]")
                 .required(),
             text("as", "Name of the thing inside the steps").byDefault(R"("item")").naming(Refers::Name),
             steps("steps", "What is done with each").required(),
         },
         false,
         {}},
        {"parallel",
         SchemaGroup::Step,
         "Goes several ways at once and waits for all",
         {
             map("branches", "The ways by name, each a list of steps", steps("", "")).required(),
         },
         false,
         {}},
        {"refuse",
         SchemaGroup::Step,
         "Ends the dossier: somebody or something said no",
         {
             text("reason", "What the receipt says").required().upTo(500),
         },
         false,
         "reason"},
    };
}

}  // namespace

const std::vector<Option>& commonStepOptions() {
    static const std::vector<Option> kCommon = {
        text("id", "Its name in the pipeline; a running dossier finds its place by it")
            .required()
            .naming(Refers::Name),
        boolean("when", "Whether the step is done at all; it is skipped when false").orFunction(),
        text("on_error",
             "When all attempts are used up: hold for an operator, go on (facts.STEP.error says why), or "
             "reject")
            .oneOf({"hold", "continue", "reject"})
            .byDefault(R"("hold")"),
        table("retry", "How often a failed attempt is repeated",
              {
                  integer("attempts", "How often in all").from(1).upTo(1000).byDefault("8"),
                  integer("first_delay_seconds", "Pause before the second attempt")
                      .from(0)
                      .upTo(86400)
                      .byDefault("10"),
                  integer("max_delay_seconds", "Longest pause").from(1).upTo(604'800).byDefault("3600"),
              })
            .byDefault("{}"),
        integer("deadline_seconds", "Longest time of one attempt; what is usual for its kind when left out")
            .from(1)
            .upTo(86400),
    };
    return kCommon;
}

std::vector<Schema> stepSchemas() {
    std::vector<Schema> all = {validateSchema(), sealSchema(), signSchema(), archiveSchema(),
                               notifySchema(),   taskSchema(), waitSchema(), transformSchema()};
    for (Schema& schema : controlSchemas())
        all.push_back(std::move(schema));
    for (Schema& schema : all) {
        std::vector<Option> options = commonStepOptions();
        // An ending has no attempts, and needs no name of its own.
        if (schema.name == "refuse") {
            options.resize(2);
            options[0].isRequired = false;
        }
        for (Option& option : schema.options)
            options.push_back(std::move(option));
        schema.options = std::move(options);
    }
    return all;
}

}  // namespace greffe
