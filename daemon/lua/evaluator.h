// SPDX-License-Identifier: Apache-2.0
// The C entry of greffe-lua.so, the only file of the project that links Lua. A worker of pool `lua` opens it;
// nobody else does (evaluator_library.h is the way to do so).
//
// Everything that crosses is JSON text. Both functions answer with exactly one object, also when the scripts
// failed: the return value is 0 then. Another value means that the input itself could not be read; the answer
// is
// {"error": "…"}.
//
// One thread at a time. Scripts are stopped at their limits by the sandbox; a script that hides in C code
// (see README.md) is stopped by the caller's RLIMIT_CPU alone, so the caller is a process that may die.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// Receives the answer in one call; the bytes are valid during the call.
using GreffeLuaSink = void (*)(void* context, const char* bytes, std::size_t size);

struct GreffeLuaModule {
    std::uint32_t structSize;  // sizeof in the module's build; grows at the end only
    std::uint32_t revision;    // kGreffeLuaRevision of the module's build

    // Input  {"files": [{"name", "text"}], "main": name, "conf_d": [names], "env": {name: text or null},
    //         "names": [constructors and words that are known]}
    // Answer {"main": tree, "conf_d": [{"file", "tree"}], "used": [names],
    //         "diagnostics": [{"code", "severity", "file", "line", "message", "name"?}]}
    // In a tree: a constructor call is {"@kind", "@file", "@line", "@options": {…}, "@items": […]?, "@name"?,
    // "@unknown"?}, a word that was not called {"@word"}, a function {"@function": {"file", "line", "path"}},
    // a secret {"@secret_file": path}.
    int (*evaluate)(const char* input, std::size_t size, GreffeLuaSink sink, void* context) noexcept;

    // Input  {"sources": what evaluate was given, "sources_sha256": hex of its compact text,
    //         "calls": [{"path": of a "@function", "dossier": {…}, "item": value?}]}
    // Answer {"results": [{"ok": true, "value": data} | {"ok": false, "code", "message", "file", "line"}]},
    // or
    // {"needs_sources": true} when "sources" was left out and this process has not seen them yet.
    int (*prepare)(const char* input, std::size_t size, GreffeLuaSink sink, void* context) noexcept;
};

}  // extern "C"

namespace greffe {

inline constexpr std::uint32_t kGreffeLuaRevision = 1;
inline constexpr const char* kGreffeLuaSymbol =
    "greffe_lua_module";  // const GreffeLuaModule* greffe_lua_module()

}  // namespace greffe
