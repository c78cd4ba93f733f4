// SPDX-License-Identifier: Apache-2.0
// The closed list of reason codes: what a receipt, a metric label and a plugin's verdict may say.
//
// The text beside a code is free; the code is a contract. `Class` decides where a document goes
// (the endings table in daemon/dossier/endings.h is built on it).
#pragma once

#include <cstdint>
#include <string_view>

namespace greffe {

enum class ReasonClass : std::uint8_t {
    None,       // nothing to explain
    Sender,     // the sender can mend it: rejected/
    Technical,  // an operator must look: quarantine at the intake, held later
    Transient,  // time may mend it: tried again
    Person,     // somebody decided, now or when the pipeline was written
};

// X(enumerator, code, class, one line for people)
#define GREFFE_REASONS(X)                                                                               \
    X(None, "none", None, "nothing to report")                                                          \
    X(NotAccepted, "not_accepted", Sender, "this kind of file is not accepted here")                    \
    X(NotAPdf, "not_a_pdf", Sender, "the file is not a PDF")                                            \
    X(PageSize, "page_size", Sender, "a page has another size than the one asked for")                  \
    X(PageCount, "page_count", Sender, "too many or too few pages")                                     \
    X(ActiveContent, "active_content", Sender, "scripts, launch actions or other active content")       \
    X(PasswordNeeded, "password_needed", Sender, "the file needs a password")                           \
    X(Encrypted, "encrypted", Sender, "the file is encrypted")                                          \
    X(ChangesForbidden, "changes_forbidden", Sender, "an earlier certification forbids any change")     \
    X(FieldsLocked, "fields_locked", Sender, "an earlier signature locks the fields")                   \
    X(SignatureBroken, "signature_broken", Sender, "an earlier signature does not hold")                \
    X(NotExtensible, "not_extensible", Sender, "the file cannot be extended without harm")              \
    X(NoPages, "no_pages", Sender, "the document has no page")                                          \
    X(ManifestInvalid, "manifest_invalid", Sender, "the side-car manifest is wrong")                    \
    X(EmptyFile, "empty_file", Sender, "the file is empty")                                             \
    X(TooLarge, "too_large", Sender, "the file is larger than this intake accepts")                     \
    X(NotARegularFile, "not_a_regular_file", Sender, "links, pipes and devices are not taken")          \
    X(ArchiveUnsafe, "archive_unsafe", Sender, "the archive has unsafe names, links or too much in it") \
    X(Duplicate, "duplicate", Sender, "the same content was received before")                           \
    X(InvalidOptions, "invalid_options", Technical, "the step's options do not fit this document")      \
    X(Malformed, "malformed", Technical, "the file is damaged")                                         \
    X(LimitExceeded, "limit_exceeded", Technical, "the file exceeds a safety limit")                    \
    X(WorkerCrashed, "worker_crashed", Technical, "the worker process died on it")                      \
    X(DeadlineExceeded, "deadline_exceeded", Technical, "the step took longer than it may")             \
    X(OutOfMemory, "out_of_memory", Technical, "the step needed more memory than it may use")           \
    X(PluginMissing, "plugin_missing", Technical, "the plugin is not there or not usable")              \
    X(PluginFault, "plugin_fault", Technical, "the plugin broke its contract")                          \
    X(ConfigurationError, "configuration_error", Technical, "the pipeline's configuration is at fault") \
    X(AttemptsUsedUp, "attempts_used_up", Technical, "all attempts were used")                          \
    X(BytesLost, "bytes_lost", Technical, "the kept bytes do not match their digest")                   \
    X(KeyUnusable, "key_unusable", Technical, "the key cannot be used")                                 \
    X(OutcomeUnknown, "outcome_unknown", Technical, "nobody knows whether it happened")                 \
    X(ProviderUnavailable, "provider_unavailable", Transient, "the service does not answer")            \
    X(ProviderError, "provider_error", Transient, "the service answered with an error")                 \
    X(BadAnswer, "bad_answer", Transient, "the service's answer is not acceptable")                     \
    X(RateLimited, "rate_limited", Transient, "the service asks to slow down")                          \
    X(Unauthorized, "unauthorized", Transient, "the service refuses our credentials")                   \
    X(StorageFull, "storage_full", Transient, "no room left")                                           \
    X(StorageError, "storage_error", Transient, "the storage failed")                                   \
    X(TimestampUnavailable, "timestamp_unavailable", Transient, "no authority gives a time-stamp")      \
    X(ClockUnsure, "clock_unsure", Transient, "the clock jumped; sealing waits")                        \
    X(Refused, "refused", Person, "a person said no")                                                   \
    X(Expired, "expired", Person, "nobody acted in time")                                               \
    X(Cancelled, "cancelled", Person, "an operator cancelled it")                                       \
    X(Restored, "restored", Technical, "the journal came back from a backup")                           \
    X(RefusedByPipeline, "refused_by_pipeline", Person, "the processing rules refuse it")               \
    X(UnknownRequest, "unknown_request", Technical, "the service does not know the request")

enum class Reason : std::uint16_t {
#define GREFFE_REASON_ENUM(name, code, cls, text) name,
    GREFFE_REASONS(GREFFE_REASON_ENUM)
#undef GREFFE_REASON_ENUM
};

struct ReasonInfo {
    Reason reason;
    std::string_view code;
    ReasonClass cls;
    std::string_view text;
};

inline constexpr ReasonInfo kReasons[] = {
#define GREFFE_REASON_ROW(name, code, cls, text) {Reason::name, code, ReasonClass::cls, text},
    GREFFE_REASONS(GREFFE_REASON_ROW)
#undef GREFFE_REASON_ROW
};

constexpr const ReasonInfo& describe(Reason reason) {
    return kReasons[static_cast<std::size_t>(reason)];
}

constexpr std::string_view reasonCode(Reason reason) {
    return describe(reason).code;
}

// nullptr for a code that is not on the list: the host treats it as PluginFault.
constexpr const ReasonInfo* findReason(std::string_view code) {
    for (const ReasonInfo& info : kReasons)
        if (info.code == code) return &info;
    return nullptr;
}

}  // namespace greffe
