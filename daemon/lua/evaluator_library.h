// SPDX-License-Identifier: Apache-2.0
// Opens greffe-lua.so and calls it with JSON. For the worker of pool `lua` (and for tests, in a child):
// whoever calls this runs scripts, and must have set RLIMIT_CPU, because some scripts only end with their
// process.
//
// Move-only, one thread at a time. The library stays open for the life of the process.
#pragma once

#include "base/json_fwd.h"
#include "base/result.h"
#include "lua/evaluator.h"

#include <string>

namespace greffe {

class EvaluatorLibrary {
public:
    // path: absolute. Errc::NotFound, or Errc::Unsupported for a module of another revision.
    static Result<EvaluatorLibrary> open(const std::string& path);

    // Input and answer as evaluator.h describes them. Errors are those of the call itself; what is wrong with
    // the scripts stands in the answer.
    Result<Json> evaluate(const Json& input) const;
    Result<Json> prepare(const Json& input) const;

private:
    explicit EvaluatorLibrary(const GreffeLuaModule& module) : module_(&module) {}

    const GreffeLuaModule* module_;
};

}  // namespace greffe
