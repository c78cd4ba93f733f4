// SPDX-License-Identifier: Apache-2.0
#include "lua/evaluator.h"

#include "lua/configuration_run.h"
#include "lua/step_functions.h"
#include "lua/value_writer.h"

namespace greffe::lua {
namespace {

constexpr JsonLimits kInputLimits{64, 64U << 20U};

// The layers' trees; their findings are added to the run's.
Json evaluateFiles(const Json& input) {
    Result<Sources> sources = Sources::read(input);
    if (!sources) return {{"error", sources.error().text()}};
    Sandbox sandbox;
    if (!sandbox.ready()) return {{"error", "no memory for a Lua state"}};
    ConfigurationRun run(sandbox, std::move(*sources));
    run.evaluate();
    Json answer = {{"main", nullptr}, {"conf_d", Json::array()}};
    ValueWriter writer(sandbox.state(), sandbox.shelf(), nullptr, WriterLimits{});
    for (std::size_t layer = 0; layer < run.layerCount(); ++layer) {
        run.pushLayer(layer);
        Json tree = writer.write(-1, layer == 0 ? "" : run.layerFile(layer) + "!", run.layerFile(layer));
        lua_pop(sandbox.state(), 1);
        if (run.layerFile(layer) == textOf(input, "main")) {
            answer["main"] = std::move(tree);
        } else {
            answer["conf_d"].push_back({{"file", run.layerFile(layer)}, {"tree", std::move(tree)}});
        }
    }
    for (Finding& finding : writer.findings())
        run.note(std::move(finding));
    answer["used"] = run.usedFiles();
    answer["diagnostics"] = Json::array();
    for (const Finding& finding : run.findings())
        answer["diagnostics"].push_back(finding.toJson());
    return answer;
}

template <class Work>
int answer(const char* input, std::size_t size, GreffeLuaSink sink, void* context, Work&& work) noexcept {
    try {
        const Result<Json> parsed = parseJson({input, size}, kInputLimits);
        const Json result = parsed ? work(*parsed) : Json{{"error", parsed.error().text()}};
        const std::string text = dumpJson(result);
        sink(context, text.data(), text.size());
        return result.contains("error") ? 1 : 0;
    } catch (const std::exception& error) {
        // Memory of the process, not of the sandbox: say so without asking for more.
        static constexpr std::string_view kText =
            R"({"error":"the evaluator ran out of memory or met a defect"})";
        sink(context, kText.data(), kText.size());
        return 2;
    }
}

int evaluateEntry(const char* input, std::size_t size, GreffeLuaSink sink, void* context) noexcept {
    return answer(input, size, sink, context, evaluateFiles);
}

int prepareEntry(const char* input, std::size_t size, GreffeLuaSink sink, void* context) noexcept {
    return answer(input, size, sink, context, callStepFunctions);
}

}  // namespace
}  // namespace greffe::lua

extern "C" __attribute__((visibility("default"))) const GreffeLuaModule* greffe_lua_module() noexcept;

const GreffeLuaModule* greffe_lua_module() noexcept {
    static constexpr GreffeLuaModule kModule{sizeof(GreffeLuaModule), greffe::kGreffeLuaRevision,
                                             &greffe::lua::evaluateEntry, &greffe::lua::prepareEntry};
    return &kModule;
}
