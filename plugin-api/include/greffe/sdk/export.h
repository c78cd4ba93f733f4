// SPDX-License-Identifier: Apache-2.0
// GREFFE_EXPORT_PLUGIN: the one line that makes a shared object a Greffe plugin. Once per plugin, at
// namespace scope:
//
//   GREFFE_EXPORT_PLUGIN("key-file", "0.1.0", "Seal keys from PEM and PKCS#12 files", "keys", "0.1",
//                        "digest-signer/1", R"({"type":"object", …})", createKeyFile);
//
// Every argument but the last is a string literal: the same literals become the descriptor and the JSON of
// the ELF section "greffe_metadata" (not called like the alias: assemblers refuse a section named like a
// symbol), so the two cannot differ. `create` is a function Instance*(Host&) noexcept.
#pragma once

#include <greffe/plugin.h>

#include <string_view>

namespace greffe::sdk {

// Whether a literal can stand between the quotes of a JSON text as it is.
constexpr bool isPlainText(std::string_view text) {
    for (const char c : text)
        if (c == '"' || c == '\\' || (c >= 0 && c < 0x20)) return false;
    return !text.empty();
}

}  // namespace greffe::sdk

// The alias that Boost.DLL's get_alias finds, written by hand: <boost/dll/alias.hpp> of 1.74 leaves unique
// symbols behind that pin the library in memory, and costs a second to compile.
// clang-format off
#define GREFFE_EXPORT_PLUGIN(ID, VERSION, SUMMARY, SANDBOX, REQUIRES, CAPABILITIES, SCHEMA, CREATE)                    \
    static_assert(::greffe::sdk::isPlainText(ID) && ::greffe::sdk::isPlainText(VERSION) &&                             \
                      ::greffe::sdk::isPlainText(SUMMARY) && ::greffe::sdk::isPlainText(SANDBOX) &&                    \
                      ::greffe::sdk::isPlainText(REQUIRES) && ::greffe::sdk::isPlainText(CAPABILITIES),                \
                  "quotes, backslashes and control characters would break the plugin's metadata");                     \
    static const ::greffe::PluginDescriptor greffePluginDescriptor = {                                                 \
        ::greffe::kDescriptorMagic, sizeof(::greffe::PluginDescriptor), ::greffe::kAbiMajor, ::greffe::kAbiMinor, 0,   \
        GREFFE_BUILD_TAG, ID, VERSION, SUMMARY, SANDBOX, REQUIRES, CAPABILITIES, SCHEMA, CREATE};                      \
    extern "C" __attribute__((visibility("default"))) const void* greffe_plugin;                                       \
    __attribute__((section("boostdll"), used)) const void* greffe_plugin =                                             \
        &greffePluginDescriptor;                                                                                       \
    extern "C" __attribute__((visibility("default"))) const char greffe_plugin_metadata[];                             \
    __attribute__((section("greffe_metadata"), used)) const char greffe_plugin_metadata[] =                              \
        "{\"abi_major\":" GREFFE_ABI_MAJOR_TEXT ",\"abi_minor\":" GREFFE_ABI_MINOR_TEXT                                \
        ",\"build_tag\":\"" GREFFE_BUILD_TAG "\",\"id\":\"" ID "\",\"version\":\"" VERSION "\",\"summary\":\"" SUMMARY \
        "\",\"sandbox\":\"" SANDBOX "\",\"requires_host\":\"" REQUIRES "\",\"capabilities\":\"" CAPABILITIES           \
        "\",\"options_schema\":" SCHEMA "}"
// clang-format on
