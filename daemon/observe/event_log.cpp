// SPDX-License-Identifier: Apache-2.0
#include "observe/event_log.h"

#include "base/bytes_text.h"
#include "base/clock.h"
#include "base/json.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>

namespace greffe {
namespace {

constexpr std::size_t kMaxValueBytes = 2'000;
constexpr std::size_t kMaxKeyBytes = 64;
constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};

std::atomic<EventLog::Form> chosenForm{EventLog::Form::Text};
std::atomic<LogLevel> leastLevel{LogLevel::Info};

// A worker's keys are its own to choose: one with a line break in it would be a line that nobody wrote.
std::string keyText(const std::string& key) {
    std::string text = displayText(clipUtf8(key, kMaxKeyBytes));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == ' ' || c == '=' || c == '"'; }, '_');
    return text;
}

std::string valueText(const Json& value) {
    std::string text =
        displayText(clipUtf8(value.is_string() ? value.get<std::string>() : dumpJson(value), kMaxValueBytes));
    const bool mustQuote = text.empty() || text.find_first_of(" =\"") != std::string::npos;
    if (!mustQuote) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

}  // namespace

void EventLog::setForm(Form form) {
    chosenForm = form;
}
void EventLog::setLeast(LogLevel least) {
    leastLevel = least;
}

LogLevel EventLog::levelNamed(std::string_view name) {
    const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
    return found == std::end(kNames) ? LogLevel::Warning
                                     : static_cast<LogLevel>(std::distance(std::begin(kNames), found));
}

void EventLog::write(LogLevel severity, std::string_view event, const Json& keys) {
    if (severity < leastLevel.load()) return;
    const std::string_view level = kNames[static_cast<std::size_t>(severity)];
    const std::string now = formatUtc(systemClock().wall());
    std::string line;
    if (chosenForm == Form::JsonLines) {
        Json object = Json::object();
        if (keys.is_object())
            for (const auto& [key, value] : keys.items())
                object[keyText(key)] =
                    value.is_string() ? Json(displayText(clipUtf8(value.get<std::string>(), kMaxValueBytes)))
                                      : value;
        object["time"] = now;
        object["level"] = level;
        object["event"] = displayText(event);
        line = dumpJson(object);
    } else {
        line = fmt::format("{} {:<7} {}", now, level, displayText(event));
        if (keys.is_object())
            for (const auto& [key, value] : keys.items())
                line += fmt::format(" {}={}", keyText(key), valueText(value));
    }
    line += '\n';
    // One write a line: lines of several threads and processes do not mix.
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

}  // namespace greffe
