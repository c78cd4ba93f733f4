// SPDX-License-Identifier: Apache-2.0
// The lua pool: configuration files and the small functions of steps. The only process that opens
// greffe-lua.so.
//
//   evaluate, prepare   params and facts: input and answer of lua/evaluator.h
#include "base/json.h"
#include "lua/evaluator_library.h"
#include "plugin_host/operations.h"

namespace greffe {
namespace {

class LuaOperations final : public Operations {
public:
    explicit LuaOperations(EvaluatorLibrary library) : library_(std::move(library)) {}

    CallOutcome run(const CallRequest& request) override {
        const bool isEvaluate = request.operation == "evaluate";
        if (!isEvaluate && request.operation != "prepare") return unknownOperation(request);
        JsonLimits limits;
        limits.maxBytes = MessageSocket::kMaxBodyBytes;
        auto params = parseJson(request.paramsJson, limits);
        if (!params) return rejectedOutcome(Reason::ConfigurationError, params.error().text());
        auto answer = isEvaluate ? library_.evaluate(*params) : library_.prepare(*params);
        if (!answer) return rejectedOutcome(Reason::ConfigurationError, answer.error().text());
        return doneOutcome(dumpJson(*answer));
    }

private:
    EvaluatorLibrary library_;
};

}  // namespace

Result<std::unique_ptr<Operations>> makeLuaOperations(const std::string& modulePath) {
    GREFFE_TRY_ASSIGN(EvaluatorLibrary library, EvaluatorLibrary::open(modulePath));
    return std::unique_ptr<Operations>(std::make_unique<LuaOperations>(std::move(library)));
}

}  // namespace greffe
