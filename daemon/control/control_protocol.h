// SPDX-License-Identifier: Apache-2.0
// The language of the control socket: one JSON object a line, in both directions.
//
//   → {"greffe":1,"id":7,"op":"dossier.show","params":{"dossier":"01J…"}}
//   ← {"greffe":1,"id":7,"progress":{…}}                     any number of times, for long work
//   ← {"greffe":1,"id":7,"result":{…}}                       or:
//   ← {"greffe":1,"id":7,"error":{"code":"not_found","message":"…","advice":"…"}}
//
// "id" is the client's own and comes back; left out it is 0. One request at a time on a connection, several
// after each other. A file travels as a descriptor (SCM_RIGHTS) beside its request's bytes. The operations
// stand in README.md.
#pragma once

#include "base/json.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe {

inline constexpr int kControlVersion = 1;
inline constexpr std::size_t kMaxRequestBytes = 1U << 20U;  // of one line
inline constexpr std::size_t kMaxAnswerBytes = 64U << 20U;
inline constexpr std::size_t kMaxRequestDescriptors = 1;
inline constexpr std::size_t kReadAtOnce = 64U << 10U;  // by either side

struct ControlRequest {
    std::int64_t id = 0;
    std::string operation;
    Json params = Json::object();
};

// Errc::Invalid for what is no request, Errc::Unsupported for another version.
Result<ControlRequest> readRequest(std::string_view line);
std::string requestLine(const ControlRequest& request);

struct ControlAnswer {
    enum class Kind { Progress, Result, Error };
    Kind kind = Kind::Result;
    std::int64_t id = 0;
    Json body;    // Progress, Result
    Error error;  // Error
};

Result<ControlAnswer> readAnswer(std::string_view line);
std::string answerLine(const ControlAnswer& answer);

// "not_found": the code of an error on the wire.
std::string_view errorName(Errc code);
// Errc::Internal for a name that is not known here.
Errc errorCode(std::string_view name);

}  // namespace greffe
