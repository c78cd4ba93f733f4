// SPDX-License-Identifier: Apache-2.0
// What the engine asks of a worker and what it gets back, and their form on the wire.
//
// A call is one operation on one instance ("validate" of the instance "pdf"). Documents go in as descriptors,
// artifacts come back as sealed memory files; small bytes that are no documents (a digest, a signature, a
// time-stamp token) travel as attachments, never inside JSON as hexadecimal. Both sides use this codec; the
// engine's side trusts nothing it decodes.
#pragma once

#include "base/json_fwd.h"
#include "base/result.h"
#include "base/sha256.h"
#include "sys/message_socket.h"
#include "sys/unique_fd.h"

#include <greffe/reason.h>
#include <greffe/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// Kinds of messages between engine and worker.
enum class Frame : std::uint16_t {
    Setup = 1,  // engine: pool, instances, limits; descriptors: secrets
    Hello =
        2,  // worker: ready; build tag, plugins with versions, or the problems that kept it from being ready
    Execute = 3,  // engine: calls
    Outcome = 4,  // worker: answers
    Beat = 5,     // worker, only during a step: progress, memory
    Log = 6,      // worker: one structured log event
    Stop = 7,     // engine: finish and leave
};

struct CallInput {
    std::shared_ptr<UniqueFd> fd;  // shared: the same document goes to several calls
    std::uint64_t sizeBytes = 0;
    Digest sha256{};
    std::string slot, name, mediaType;
};

// Some kilobytes under a name.
struct Attachment {
    std::string name;
    std::string bytes;
};
// The bytes under `name`; empty when there is no such attachment.
std::string_view attachmentOf(const std::vector<Attachment>& attachments, std::string_view name);

struct CallRequest {
    std::uint64_t id = 0;  // unique for the engine's life
    std::string operation;
    std::string instance;
    std::string paramsJson = "{}";
    std::string key;  // idempotency key of the effect, or empty
    std::int64_t deadlineMs = 60'000;
    // A worker died on it before. It runs alone, and when it kills another one nobody else waits for it. The
    // engine's; not on the wire.
    bool isSuspect = false;
    std::vector<CallInput> inputs;
    std::vector<Attachment> attachments;
};

struct CallArtifact {
    static constexpr std::int32_t kNoBase = -1;
    std::string name, mediaType;
    std::shared_ptr<UniqueFd> fd;  // a sealed memory file
    std::uint64_t sizeBytes = 0;
    std::int32_t baseInput = kNoBase;  // begins with this input's bytes; fd holds only what follows
};

struct CallOutcome {
    Verdict verdict = Verdict::RetryLater;
    Reason reason = Reason::None;
    std::string explanation;
    std::uint32_t delaySeconds = 0;
    std::string externalId;
    std::int64_t nextPollUnixMs = 0, expiresAtUnixMs = 0;
    std::string factsJson = "{}";
    std::vector<CallArtifact> artifacts;
    std::vector<Attachment> attachments;
    bool hasCrashed = false;  // the worker died during this very call: counts towards holding the dossier
};

// One message of calls or outcomes: body and descriptors.
struct EncodedFrame {
    std::string body;
    std::vector<int> descriptors;  // borrowed from the inputs
};

EncodedFrame encodeCalls(const std::vector<const CallRequest*>& calls);
Result<std::vector<CallRequest>> decodeCalls(Message& message);

struct Answer {
    std::uint64_t id = 0;
    CallOutcome outcome;
};
EncodedFrame encodeAnswers(const std::vector<Answer>& answers, std::uint64_t residentBytes);
struct DecodedAnswers {
    std::vector<Answer> answers;
    std::uint64_t residentBytes = 0;
};
// Errc::Corrupt for anything a well-behaved worker does not send.
Result<DecodedAnswers> decodeAnswers(Message& message);

}  // namespace greffe
