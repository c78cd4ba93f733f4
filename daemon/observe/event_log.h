// SPDX-License-Identifier: Apache-2.0
// Log events: what happened ("step failed"), to what (dossier=…), what the program does next. One line each,
// escaped: no control character of a file name reaches a terminal. Never a secret, never document text.
//
// Thread-safe.
#pragma once

#include "base/json_fwd.h"

#include <greffe/host.h>

#include <string>
#include <string_view>

namespace greffe {

class EventLog {
public:
    enum class Form { Text, JsonLines };  // "step failed dossier=01J… step=seal" or one JSON object a line

    // To stderr, which systemd and every supervisor keep.
    static void setForm(Form form);
    static void setLeast(LogLevel least);

    // "debug", "info", "warning", "error"; any other word is a warning.
    static LogLevel levelNamed(std::string_view name);

    static void write(LogLevel level, std::string_view event, const Json& keys);
};

}  // namespace greffe
