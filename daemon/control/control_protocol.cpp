// SPDX-License-Identifier: Apache-2.0
#include "control/control_protocol.h"

#include <fmt/format.h>

namespace greffe {
namespace {

struct ErrorName {
    Errc code;
    std::string_view name;
};
constexpr ErrorName kErrorNames[] = {
    {Errc::Invalid, "invalid"}, {Errc::NotFound, "not_found"},      {Errc::Exists, "exists"},
    {Errc::Denied, "denied"},   {Errc::NoSpace, "no_space"},        {Errc::Io, "io"},
    {Errc::Busy, "busy"},       {Errc::Timeout, "timeout"},         {Errc::Closed, "closed"},
    {Errc::Corrupt, "corrupt"}, {Errc::Unsupported, "unsupported"}, {Errc::Internal, "internal"},
};

Error notOurs(std::string what) {
    return makeError(Errc::Invalid, "control socket: " + std::move(what),
                     R"(a request is one line: {"greffe":1,"id":1,"op":"status","params":{}})");
}

Status checkVersion(const Json& message) {
    const Json& version = memberOf(message, "greffe");
    if (!version.is_number_integer()) return notOurs("no version");
    if (version.get<std::int64_t>() != kControlVersion)
        return makeError(Errc::Unsupported,
                         fmt::format("control socket: version {} of the protocol", dumpJson(version)),
                         fmt::format("this side speaks version {}", kControlVersion));
    return {};
}

}  // namespace

Result<ControlRequest> readRequest(std::string_view line) {
    auto message = parseJson(line, {32, kMaxRequestBytes});
    if (!message) return notOurs(message.error().message);
    if (!message->is_object()) return notOurs("not an object");
    GREFFE_TRY(checkVersion(*message));
    for (const auto& [key, value] : message->items())
        if (key != "greffe" && key != "id" && key != "op" && key != "params")
            return notOurs(fmt::format("unknown member \"{}\"", key));
    ControlRequest request;
    request.id = numberOf(*message, "id");
    request.operation = textOf(*message, "op");
    if (request.operation.empty()) return notOurs("no \"op\"");
    if (const Json& params = memberOf(*message, "params"); !params.is_null()) request.params = params;
    if (!request.params.is_object()) return notOurs("\"params\" is not an object");
    return request;
}

std::string requestLine(const ControlRequest& request) {
    return dumpJson({{"greffe", kControlVersion},
                     {"id", request.id},
                     {"op", request.operation},
                     {"params", request.params}}) +
           "\n";
}

Result<ControlAnswer> readAnswer(std::string_view line) {
    GREFFE_TRY_ASSIGN(const Json message, parseJson(line, {64, kMaxAnswerBytes}));
    GREFFE_TRY(checkVersion(message));
    ControlAnswer answer;
    answer.id = numberOf(message, "id");
    if (message.contains("progress")) {
        answer.kind = ControlAnswer::Kind::Progress;
        answer.body = message["progress"];
    } else if (message.contains("result")) {
        answer.body = message["result"];
    } else if (message.contains("error")) {
        const Json& error = message["error"];
        answer.kind = ControlAnswer::Kind::Error;
        answer.error =
            makeError(errorCode(textOf(error, "code")), textOf(error, "message"), textOf(error, "advice"));
    } else {
        return makeError(Errc::Corrupt, "control socket: an answer without result, progress or error");
    }
    return answer;
}

std::string answerLine(const ControlAnswer& answer) {
    Json message = {{"greffe", kControlVersion}, {"id", answer.id}};
    switch (answer.kind) {
        case ControlAnswer::Kind::Progress: message["progress"] = answer.body; break;
        case ControlAnswer::Kind::Result: message["result"] = answer.body; break;
        case ControlAnswer::Kind::Error:
            message["error"] = {{"code", errorName(answer.error.code)},
                                {"message", answer.error.message},
                                {"advice", answer.error.advice}};
            break;
    }
    return dumpJson(message) + "\n";
}

std::string_view errorName(Errc code) {
    for (const ErrorName& row : kErrorNames)
        if (row.code == code) return row.name;
    return "internal";
}

Errc errorCode(std::string_view name) {
    for (const ErrorName& row : kErrorNames)
        if (row.name == name) return row.code;
    return Errc::Internal;
}

}  // namespace greffe
