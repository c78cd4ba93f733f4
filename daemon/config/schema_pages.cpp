// SPDX-License-Identifier: Apache-2.0
// What the manual says of the step kinds beyond their options. Kept honest by tests: every example passes the
// check of the real program, and a step that is simulated records no fact that is not named here
// (end_to_end_author).
#include "config/schema_parts.h"

namespace greffe {
namespace {

SchemaPage validatePage() {
    return {
        "Looks at a document before anything is done with it. Nothing is changed, and everything that was "
        "found stands in the receipt: the sender of a file that is not accepted reads why. What it found out "
        "(pages, signatures) is there for functions of later steps.",
        R"lua(validate {
  id = "check",
  page_size = "A4",
  max_pages = 200,
  active_content = "refuse",
  signatures = "must_hold",
},)lua",
        "Goes on when the document is as it should be. Else the dossier ends as rejected, and the file lies "
        "in "
        "rejected/ with its receipt; a file that is damaged or exceeds a safety limit goes into quarantine/, "
        "where an operator looks at it.",
        {{"pages", "integer", "How many pages it has"},
         {"page_sizes", "table[]", "Sizes in millimetres, each with how many pages have it"},
         {"pdf_version", "string", "Such as 1.7"},
         {"encrypted", "boolean", "Whether it is encrypted"},
         {"linearized", "boolean", "Whether it was made for reading over a network"},
         {"producer", "string", "The program that wrote it"},
         {"revisions", "integer", "How often it was saved by appending"},
         {"objects", "integer", "How many PDF objects it has"},
         {"has_active_content", "boolean", "Whether there are scripts, launch actions and the like"},
         {"active_content", "table[]", "Which ones: kind, count, objects"},
         {"embedded_files", "integer", "How many files are inside the file"},
         {"fonts_not_embedded", "integer", "How many fonts a reader must have"},
         {"hidden_layers", "integer", "How many layers are not shown"},
         {"bytes_before_header", "integer", "Bytes in front of the document"},
         {"bytes_behind_end", "integer", "Bytes behind the document"},
         {"signatures", "table[]",
          "Earlier signatures: field, signer, intact, coverage, changes_after, holds, why …"},
         {"empty_signature_fields", "string[]", "Fields in which somebody is to sign"},
         {"lost_signatures", "integer", "Signatures that later changes took away"},
         {"certification_level", "integer?", "What an earlier certification allows: 1, 2 or 3"},
         {"findings", "table[]", "What was not as it should be: code, text, pages"}},
        {Reason::NotAPdf, Reason::NotAccepted, Reason::PageSize, Reason::PageCount, Reason::ActiveContent,
         Reason::PasswordNeeded, Reason::Encrypted, Reason::SignatureBroken, Reason::NoPages,
         Reason::Malformed, Reason::LimitExceeded}};
}

SchemaPage sealPage() {
    return {
        "Appends a PAdES seal to a PDF: what was there, earlier signatures included, stays as it is, byte by "
        "byte. The documents workers prepare and embed, a keys worker signs 32 bytes: the key never meets "
        "the "
        "document. With `level = \"B-T\"` a time-stamp authority proves when; the first that answers is "
        "taken, and a seal never becomes B-B without a word (`on_no_timestamp`).",
        R"lua(seal {
  id = "seal",
  key = "office",
  level = "B-T",
  authorities = { "authority" },
  reason = function(d) return "Dossier " .. d.id end,
  mark = { page = "last", x = 120, y = 20 },
},)lua",
        "Goes on with the sealed document in place of the one that came. While no authority answers it tries "
        "again for weeks (`queue`), is held for an operator (`fail`), or seals at B-B and says `degraded` "
        "(`degrade`). A document that must not be changed ends the dossier as rejected.",
        {{"level", "string", "The level that was reached: B-B or B-T"},
         {"degraded", "boolean", "Whether it is less than the step asked for"},
         {"key", "string", "Name of the key"},
         {"certificate_sha256", "string", "Digest of its certificate, hexadecimal"},
         {"signing_time_unix", "integer", "The time that the seal states, in seconds since 1970"},
         {"timestamp", "table?", "Of a time-stamp: asked, authority, gen_time_unix, serial, policy, trust"},
         {"authorities_failed", "table[]?", "Those that did not answer: name, reason, text"}},
        {Reason::ChangesForbidden, Reason::FieldsLocked, Reason::NotExtensible, Reason::PasswordNeeded,
         Reason::KeyUnusable, Reason::TimestampUnavailable, Reason::BadAnswer, Reason::ClockUnsure,
         Reason::InvalidOptions, Reason::Malformed, Reason::LimitExceeded}};
}

SchemaPage signPage() {
    return {
        "Sends one request with the documents and all signers to a signature provider, and waits, for months "
        "if need be; nothing is kept in memory meanwhile. The service's webhooks wake the step, and it looks "
        "by itself at growing distances up to `poll_seconds`: what the service answers counts, never what a "
        "webhook says. One request is made for one step of one dossier, whatever crashes: a provider that "
        "can be asked for it is, with any other the dossier is uncertain and an operator decides "
        "(`greffe dossier resolve`; with `remote_id` among the facts the step follows that request).",
        R"lua(sign {
  id = "signatures",
  provider = "esign",
  signers = { "tenant" },
  authentication = "sms",
  ordered = true,
  proof = "proof",
  expires_days = 60,
  on_expired = refuse "not signed in time",
},)lua",
        "Goes on with the signed documents in place of those that were sent. When a signer says no it goes "
        "the way of `on_refused`, else the dossier ends as refused; when the days are over the request is "
        "taken back at the service first.",
        {{"provider", "string", "Name of the provider"},
         {"remote_id", "string", "The request's id there"},
         {"status", "string", "signed, refused, cancelled or expired"},
         {"signers", "table[]", "Each signer: id, remote_id, status, signed_unix, reason"},
         {"sent_unix", "integer", "When it was sent, in seconds since 1970"},
         {"proofs", "integer?", "How many proofs were kept, once it is signed"},
         {"reason", "string?", "Why it was refused or cancelled, if the service says"},
         {"expired", "boolean?", "True when nobody signed in time"}},
        {Reason::Refused, Reason::Cancelled, Reason::Expired, Reason::OutcomeUnknown, Reason::InvalidOptions,
         Reason::UnknownRequest, Reason::ProviderUnavailable, Reason::ProviderError, Reason::RateLimited,
         Reason::Unauthorized}};
}

SchemaPage archivePage() {
    return {
        "Writes one container with the dossier's documents, its receipt, its journal and their digests. "
        "Whoever holds it can verify it without Greffe's database: `greffe verify KEPT.zip`. What comes "
        "after this step is not in it, so it stands near the end; a notify behind it is usual.",
        R"lua(archive { id = "keep", archive = "vault", policy = "full", retention_years = 30 },)lua",
        "Goes on once the container is on disk. A full disk is waited for; anything else that fails is tried "
        "again, then held for an operator.",
        {{"archive", "string", "Name of the archive"},
         {"locator", "string", "Where in it the container lies"},
         {"sha256", "string", "Digest of the container, hexadecimal"},
         {"size_bytes", "integer", "Its size"},
         {"format", "string?", "What kind of file it is, if the archive says: zip or tar.zst"},
         {"retention_until", "string", "The date until which it is kept, such as 2036-12-31"}},
        {Reason::LimitExceeded}};
}

SchemaPage notifyPage() {
    return {
        "One message to each recipient, over the notifier that `via` names: a mail, or an event for another "
        "system (webhook). What is said is frozen before the first one leaves, so that a second try says the "
        "same. Each recipient has a message of their own, with every answer of the server kept. Templates "
        "know the dossier: `{{document_name}}`, `{{id}}`, `{{recipient.name}}`, `{{facts.seal.level}}`.",
        R"lua(notify {
  id = "tell",
  to = { "tenant", "office@example.org" },
  template = "sealed",
  attach = { "document" },
  on_error = "continue",
},)lua",
        "Goes on when every message was taken, or refused for good while others were taken. It fails when "
        "all "
        "were refused, and waits for a person when nobody knows whether one left and `on_unknown` is "
        "`uncertain`. The document is worth more than the mail: `on_error = \"continue\"` is usual.",
        {{"messages", "table[]", "Each message: message_id, recipient, state"},
         {"sent", "integer", "How many were taken"},
         {"refused", "integer", "How many were refused for good"}},
        {Reason::ProviderUnavailable, Reason::ProviderError, Reason::RateLimited, Reason::Unauthorized,
         Reason::OutcomeUnknown}};
}

SchemaPage taskPage() {
    return {
        "Puts a question to a person and waits, for days if need be; nothing is kept in memory meanwhile. "
        "`greffe task list` shows what is asked, `greffe task answer` answers. Every answer may have its own "
        "way (`on`); one that has none simply goes on.",
        R"lua(task {
  id = "verify",
  ask = "registration-officer",
  question = "Are the documents acceptable?",
  answers = { "validate", "refuse" },
  on = { refuse = refuse "documents not acceptable" },
  expires_days = 30,
  on_expired = refuse "nobody verified it in time",
},)lua",
        "Goes on, or the answer's own way. After `expires_days` it goes the way of `on_expired`; without one "
        "the dossier ends as expired.",
        {{"task", "string?", "Its id"},
         {"answer", "string?", "What was answered"},
         {"answered_by", "string?", "By whom"},
         {"comment", "string?", "What they wrote with it"},
         {"answered_unix", "integer?", "When, in seconds since 1970"},
         {"expired", "boolean?", "True when nobody answered in time; nothing else is there then"}},
        {Reason::Expired}};
}

SchemaPage waitPage() {
    return {
        "Stands still for a time, until a date, or until somebody sends an event for this dossier (`greffe "
        "event send`). An event that came before the wait counts; each event ends one wait only.",
        R"lua(wait {
  id = "payment",
  for_event = "paid",
  expires_days = 15,
  on_expired = refuse "not paid in time",
},
wait { id = "calm", for_seconds = 7 * 86400 },)lua",
        "Goes on when the time has come or the event is there. An event that does not come within "
        "`expires_days` leads to `on_expired`; without one the dossier ends as expired.",
        {{"event", "string?", "Name of the event"},
         {"event_id", "string?", "Its id"},
         {"received_unix", "integer?", "When it came, in seconds since 1970"},
         {"data", "any", "What came with it, if that was JSON"},
         {"until_unix", "integer?", "Of a time or a date: when it was over"},
         {"expired", "boolean?", "True when the event did not come in time; nothing else is there then"}},
        {Reason::Expired}};
}

SchemaPage transformPage() {
    return {
        "Two things in one word. With `plugin`: a transformer makes a document (or several, `many`) out of "
        "documents, in a process without network and files; `greffe plugin list` shows which there are. With "
        "`run`: a function of this file makes facts out of what is known, without any plugin: sums, dates, "
        "decisions that several later steps need.",
        R"lua(transform {
  id = "pack",
  plugin = "document-archive",
  documents = { "document" },
  into = "bundle",
  options = { into = "zip" },
},
transform {
  id = "delay",
  run = function(d)
    local urgent = d.data.urgent == true
    return { days = urgent and 2 or 10, urgent = urgent }
  end,
},)lua",
        "Goes on with a new document of the name `into`, or with the facts that the function returned. What "
        "the plugin cannot read ends as the plugin says: rejected when the sender can mend it, else held.",
        {{"…", "any", "What the function returned, or what the plugin says of what it made"}},
        {Reason::ArchiveUnsafe, Reason::Malformed, Reason::LimitExceeded, Reason::InvalidOptions}};
}

SchemaPage choosePage() {
    return {
        "A function names a way, and the dossier goes that way and comes back behind the step. What a "
        "document made on one way only is not there for sure afterwards; `check` says so.",
        R"lua(choose {
  id = "size",
  by = function(d) return d.facts.check.pages > 50 and "large" or "small" end,
  cases = {
    small = { seal { id = "seal-small", key = "office" } },
    large = {
      task { id = "look", ask = "clerk", answers = { "go" }, expires_days = 10, on_expired = "continue" },
      seal { id = "seal-large", key = "office" },
    },
  },
  otherwise = { refuse "no such size" },
},)lua",
        "Goes on behind the step when the way is at its end. Without `otherwise`, a name that no case has "
        "holds the dossier.",
        {{"case", "string", "What the function said"},
         {"way", "string", "The way that was taken: cases.NAME or otherwise"}},
        {}};
}

SchemaPage eachPage() {
    return {
        "Opens a branch for each thing, all at the same time, and waits until every one is at its end. "
        "Inside, "
        "the thing has the name `as`: of `over = \"documents\"` it can be given where a document is wanted. "
        "Functions inside get it as their second argument, `function(d, item)`. The list is fixed when the "
        "step begins; 1,000 things at most.",
        R"lua(each {
  id = "seals",
  over = "documents",
  as = "page",
  steps = {
    validate { id = "look", document = "page" },
    seal { id = "seal", document = "page", key = "office" },
  },
},)lua",
        "Goes on when all branches have ended. A refusal in one of them ends the whole dossier.",
        {{"items", "integer", "How many there were"}},
        {Reason::LimitExceeded}};
}

SchemaPage parallelPage() {
    return {
        "Opens a branch for each way and waits until every one is at its end. One branch may wait, or be "
        "held, "
        "while the others go on.",
        R"lua(parallel {
  id = "end",
  branches = {
    keep = { archive { id = "keep" } },
    tell = { notify { id = "tell", to = { "tenant" }, template = "sealed", on_error = "continue" } },
  },
},)lua",
        "Goes on when all branches have ended. A refusal in one of them ends the whole dossier.",
        {{"opened", "integer", "How many branches there were"}},
        {}};
}

SchemaPage refusePage() {
    return {
        "An ending with a reason, for whoever sent the document. It needs no id, and may stand wherever an "
        "outcome is wanted: `on_expired = refuse \"not paid in time\"`. Nothing can follow it.",
        R"lua(refuse { reason = "this office takes no urgent dossiers", when = function(d) return d.data.urgent == true end },)lua",
        "The dossier ends as refused; its file lies in rejected/ with the reason in its receipt. On the way "
        "of a "
        "task's answer (`on`) a person said no, elsewhere the pipeline did.",
        {},
        {Reason::Refused, Reason::RefusedByPipeline}};
}

}  // namespace

SchemaPage stepPage(std::string_view name) {
    if (name == "validate") return validatePage();
    if (name == "seal") return sealPage();
    if (name == "sign") return signPage();
    if (name == "archive") return archivePage();
    if (name == "notify") return notifyPage();
    if (name == "task") return taskPage();
    if (name == "wait") return waitPage();
    if (name == "transform") return transformPage();
    if (name == "choose") return choosePage();
    if (name == "each") return eachPage();
    if (name == "parallel") return parallelPage();
    if (name == "refuse") return refusePage();
    return {};
}

const std::vector<Fact>& failedStepFacts() {
    static const std::vector<Fact> kFacts = {
        {"error", "string?", "Code of the reason, when the step failed and the dossier went on"},
        {"explanation", "string?", "The same in words"},
        {"attempts", "integer?", "How often it was tried"}};
    return kFacts;
}

const std::vector<Reason>& commonStepReasons() {
    static const std::vector<Reason> kCommon = {
        Reason::ConfigurationError, Reason::WorkerCrashed, Reason::DeadlineExceeded, Reason::OutOfMemory,
        Reason::PluginMissing,      Reason::PluginFault,   Reason::StorageFull,      Reason::StorageError,
        Reason::BytesLost,          Reason::AttemptsUsedUp};
    return kCommon;
}

}  // namespace greffe
