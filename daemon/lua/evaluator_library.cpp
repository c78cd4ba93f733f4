// SPDX-License-Identifier: Apache-2.0
#include "lua/evaluator_library.h"

#include "base/json.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace greffe {
namespace {

constexpr JsonLimits kAnswerLimits{64, 64U << 20U};

using Entry = int (*)(const char*, std::size_t, GreffeLuaSink, void*) noexcept;

void keepAnswer(void* context, const char* bytes, std::size_t size) {
    static_cast<std::string*>(context)->assign(bytes, size);
}

Result<Json> call(Entry entry, const Json& input) {
    const std::string text = dumpJson(input);
    std::string answer;
    const int status = entry(text.data(), text.size(), &keepAnswer, &answer);
    GREFFE_TRY_ASSIGN(Json parsed, parseJson(answer, kAnswerLimits));
    if (status != 0) return makeError(Errc::Invalid, "lua: " + textOf(parsed, "error", "no reason given"));
    return parsed;
}

}  // namespace

Result<EvaluatorLibrary> EvaluatorLibrary::open(const std::string& path) {
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return makeError(Errc::NotFound, fmt::format("cannot open the Lua module: {}", dlerror()));
    const auto entry =
        reinterpret_cast<const GreffeLuaModule* (*)() noexcept>(dlsym(library, kGreffeLuaSymbol));
    if (entry == nullptr)
        return makeError(Errc::Unsupported, fmt::format("{} is not Greffe's Lua module", path));
    const GreffeLuaModule* const module = entry();
    if (module->revision != kGreffeLuaRevision || module->structSize < sizeof(GreffeLuaModule))
        return makeError(Errc::Unsupported,
                         fmt::format("{} has revision {}, this program needs {}", path, module->revision,
                                     kGreffeLuaRevision),
                         "install greffe's files from one package");
    return EvaluatorLibrary(*module);
}

Result<Json> EvaluatorLibrary::evaluate(const Json& input) const {
    return call(module_->evaluate, input);
}
Result<Json> EvaluatorLibrary::prepare(const Json& input) const {
    return call(module_->prepare, input);
}

}  // namespace greffe
