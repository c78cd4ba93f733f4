// SPDX-License-Identifier: Apache-2.0
#include "dossier/returned_value.h"

#include "config/option_check.h"

namespace greffe {

std::string brokenRule(const Option& option, const Json& value) {
    const SourceMap nothingWritten;
    DiagnosticList found;
    OptionCheck check(nothingWritten, found);
    Schema alone;
    alone.options = {option};
    const Node self{&value, {}, 0, {}, {option.name}};
    check.checkOptions({{option.name, self}}, alone, self, "what it returned", {});
    for (const Diagnostic& one : found.all())
        if (one.severity == Severity::Error && one.code != "option_empty" && one.code != "list_duplicate")
            return one.message;
    return {};
}

}  // namespace greffe
