// SPDX-License-Identifier: Apache-2.0
// A specification of a pipeline, as it stands in config/tests/*.lua: what happens to a dossier, and what must
// come of it. Data only; functions there have run when it is read.
#pragma once

#include "base/clock.h"
#include "base/json.h"
#include "config/diagnostic.h"

#include <optional>
#include <string>
#include <vector>

namespace greffe {

// One thing that is done, or expected, at its line.
struct SpecAction {
    std::string kind;  // the constructor: "drop", "advance", "expect" … (config/spec_schema.h)
    Json options;      // checked against its schema, defaults filled in
    std::string file;
    int line = 0;
    // What it names that there is not (spec_names.h): it fails with these lines. No error of the file's:
    // whoever writes the spec first names steps that are still to come.
    std::vector<std::string> unknown = {};
};

struct Spec {
    std::string name;
    std::string pipeline;  // where its drops go that name none
    WallTime start{};
    std::vector<SpecAction> actions;
    std::string file;
    int line = 0;
};

struct SpecFiles {
    std::vector<Spec> specs;  // in the order of files and lines
    std::vector<Diagnostic> diagnostics;
    bool hasErrors() const;
};

// "2026-11-22", "2026-11-22T08:30", with ":15" for seconds and "Z" or "+02:00" behind; UTC without a zone.
std::optional<WallTime> specTime(const std::string& text);

}  // namespace greffe
