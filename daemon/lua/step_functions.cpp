// SPDX-License-Identifier: Apache-2.0
#include "lua/step_functions.h"

#include "base/sha256.h"
#include "lua/configuration_run.h"
#include "lua/dossier_view.h"
#include "lua/freezer.h"
#include "lua/value_writer.h"

#include <fmt/format.h>

#include <list>
#include <memory>

namespace greffe::lua {
namespace {

constexpr std::size_t kMaxPlansKept = 4;
constexpr WriterLimits kResultLimits{16, 10'000, 256U << 10U, true};
const char kHolderKey = 0;

// A plan's sources, evaluated, with every function of the trees at hand.
class LoadedPlan {
public:
    static Result<std::unique_ptr<LoadedPlan>> load(const std::string& hash, const Json& sources) {
        GREFFE_TRY_ASSIGN(Sources read, Sources::read(sources));
        auto plan = std::unique_ptr<LoadedPlan>(new LoadedPlan(hash, std::move(read)));
        if (!plan->sandbox_.ready()) return makeError(Errc::NoSpace, "no memory for a Lua state");
        plan->run_.evaluate();
        GREFFE_TRY(plan->collect());
        return plan;
    }

    const std::string& hash() const { return hash_; }
    Json call(const Json& request);

private:
    LoadedPlan(std::string hash, Sources sources)
        : hash_(std::move(hash)), run_(sandbox_, std::move(sources)) {}

    Status collect();
    static int runCall(lua_State* state);
    Json failure(const Finding& finding) const;

    std::string hash_;
    Sandbox sandbox_;
    ConfigurationRun run_;
    lua_State* holder_ = nullptr;  // its stack holds the functions, the first at 1
    std::map<std::string, int> places_;

    // The call in progress, for runCall.
    struct {
        int place = 0;
        const Json* dossier = nullptr;
        const Json* item = nullptr;
        lua_State* coroutine = nullptr;
        Ending ending = Ending::Failed;
        int results = 0;
    } call_;
};

Status LoadedPlan::collect() {
    for (const Finding& finding : run_.findings())
        if (finding.isError)
            return makeError(Errc::Invalid,
                             fmt::format("{}:{}: {}", finding.file, finding.line, finding.message));
    const bool worked = sandbox_.protect(
        [](lua_State* state) -> int {
            auto** const holder = static_cast<lua_State**>(lua_touserdata(state, 1));
            *holder = lua_newthread(state);
            lua_rawsetp(state, LUA_REGISTRYINDEX, &kHolderKey);
            return 0;
        },
        &holder_);
    if (!worked) return makeError(Errc::NoSpace, "the plan's functions do not fit into memory");
    ValueWriter writer(sandbox_.state(), sandbox_.shelf(), holder_, WriterLimits{});
    for (std::size_t layer = 0; layer < run_.layerCount(); ++layer) {
        run_.pushLayer(layer);
        writer.write(-1, layer == 0 ? "" : run_.layerFile(layer) + "!", run_.layerFile(layer));
        lua_pop(sandbox_.state(), 1);
    }
    for (std::size_t i = 0; i < writer.paths().size(); ++i)
        places_[writer.paths()[i]] = static_cast<int>(i + 1);
    if (!freezeFunctions(sandbox_, holder_, static_cast<int>(writer.paths().size())))
        return makeError(Errc::NoSpace, "the plan's functions do not fit into memory");
    return {};
}

int LoadedPlan::runCall(lua_State* state) {
    LoadedPlan& plan = *static_cast<LoadedPlan*>(lua_touserdata(state, 1));
    lua_State* const coroutine = lua_newthread(state);
    plan.call_.coroutine = coroutine;
    lua_pushvalue(plan.holder_, plan.call_.place);
    lua_xmove(plan.holder_, coroutine, 1);
    // Built on the protected state: nobody would catch an error of the coroutine's yet.
    pushView(state, *plan.call_.dossier);
    pushView(state, *plan.call_.item);
    lua_xmove(state, coroutine, 2);
    plan.call_.ending = plan.sandbox_.resume(coroutine, state, 2, plan.call_.results);
    // The coroutine must outlive this function: its stack is read next.
    lua_rawsetp(state, LUA_REGISTRYINDEX, &plan.call_);
    return 0;
}

Json LoadedPlan::failure(const Finding& finding) const {
    return {{"ok", false},
            {"code", finding.code},
            {"message", finding.message},
            {"file", finding.file},
            {"line", finding.line}};
}

Json LoadedPlan::call(const Json& request) {
    const std::string path = textOf(request, "path");
    const auto place = places_.find(path);
    if (place == places_.end())
        return failure(
            {"function_unknown", true, {}, 0, fmt::format("the plan has no function at \"{}\"", path), {}});
    restoreVariables(sandbox_);
    sandbox_.allow(kCallLimits);
    call_ = {
        place->second, &memberOf(request, "dossier"), &memberOf(request, "item"), nullptr, Ending::Failed, 0};
    if (!sandbox_.protect(&LoadedPlan::runCall, this))
        return failure(
            {"lua_memory_limit", true, {}, 0, "the dossier does not fit into the function's memory", {}});
    if (call_.ending != Ending::Finished) return failure(run_.explain(call_.coroutine, call_.ending, {}));
    ValueWriter writer(call_.coroutine, sandbox_.shelf(), nullptr, kResultLimits);
    Json value = nullptr;
    if (call_.results > 0) value = writer.write(-call_.results, "result", {});
    if (!writer.findings().empty()) return failure(writer.findings().front());
    return {{"ok", true}, {"value", std::move(value)}};
}

// Process-wide, because that is what makes the second call cheap; the entry is used by one thread at a time.
std::list<std::unique_ptr<LoadedPlan>>& loadedPlans() {
    static std::list<std::unique_ptr<LoadedPlan>> plans;
    return plans;
}

LoadedPlan* findLoaded(const std::string& hash) {
    auto& plans = loadedPlans();
    for (auto plan = plans.begin(); plan != plans.end(); ++plan)
        if ((*plan)->hash() == hash) {
            plans.splice(plans.begin(), plans, plan);
            return plans.front().get();
        }
    return nullptr;
}

}  // namespace

Json callStepFunctions(const Json& input) {
    const Json& sources = memberOf(input, "sources");
    std::string hash = textOf(input, "sources_sha256");
    if (sources.is_object()) {
        const std::string real = toHex(sha256(dumpJson(sources)));
        if (!hash.empty() && hash != real)
            return {{"error", "\"sources_sha256\" is not the hash of \"sources\""}};
        hash = real;
    }
    LoadedPlan* plan = findLoaded(hash);
    if (plan == nullptr) {
        if (!sources.is_object()) return {{"needs_sources", true}};
        Result<std::unique_ptr<LoadedPlan>> loaded = LoadedPlan::load(hash, sources);
        if (!loaded) return {{"error", loaded.error().text()}};
        loadedPlans().push_front(std::move(*loaded));
        if (loadedPlans().size() > kMaxPlansKept) loadedPlans().pop_back();
        plan = loadedPlans().front().get();
    }
    Json results = Json::array();
    for (const Json& request : memberOf(input, "calls"))
        results.push_back(plan->call(request));
    return {{"results", std::move(results)}};
}

}  // namespace greffe::lua
