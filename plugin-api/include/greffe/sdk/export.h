// SPDX-License-Identifier: Apache-2.0
// GREFFE_EXPORT_PLUGIN: the one line that makes a shared object a Greffe plugin. Once per plugin, at namespace scope:
//
//   GREFFE_EXPORT_PLUGIN("key-file", "0.1.0", "Seal keys from PEM and PKCS#12 files", "keys", "0.1",
//                        "digest-signer/1", R"({"type":"object", …})", createKeyFile)
//
// Every argument but the last is a string literal: the same literals become the descriptor and the JSON of the ELF
// section "greffe_metadata", so the two cannot differ (clang-14 refuses a section named like a symbol). `create` is a function Instance*(Host&) noexcept.
#pragma once

#include <greffe/plugin.h>

// The alias that Boost.DLL's get_alias finds, written by hand: <boost/dll/alias.hpp> of 1.74 leaves unique symbols
// behind that pin the library in memory, and costs a second to compile.
#define GREFFE_EXPORT_PLUGIN(ID, VERSION, SUMMARY, SANDBOX, REQUIRES, CAPABILITIES, SCHEMA, CREATE)                 \
    static const ::greffe::PluginDescriptor greffePluginDescriptor = {::greffe::kDescriptorMagic,                   \
                                                                      sizeof(::greffe::PluginDescriptor),           \
                                                                      ::greffe::kAbiMajor,                          \
                                                                      ::greffe::kAbiMinor,                          \
                                                                      0,                                            \
                                                                      GREFFE_BUILD_TAG,                             \
                                                                      ID,                                           \
                                                                      VERSION,                                      \
                                                                      SUMMARY,                                      \
                                                                      SANDBOX,                                      \
                                                                      REQUIRES,                                     \
                                                                      CAPABILITIES,                                 \
                                                                      SCHEMA,                                       \
                                                                      CREATE};                                      \
    /* "visibility" belongs to the declarations, "used" to the definitions: elsewhere GCC ignores them, and says so. */\
    extern "C" {                                                                                                     \
    extern __attribute__((visibility("default"))) const void* greffe_plugin;                                         \
    extern __attribute__((visibility("default"))) const char greffe_plugin_metadata[];                               \
    __attribute__((section("boostdll"), used)) const void* greffe_plugin = &greffePluginDescriptor;                  \
    }                                                                                                                \
    __attribute__((section("greffe_metadata"), used)) const char greffe_plugin_metadata[] =                          \
        "{\"abi_major\":" GREFFE_ABI_MAJOR_TEXT ",\"abi_minor\":" GREFFE_ABI_MINOR_TEXT                             \
        ",\"build_tag\":\"" GREFFE_BUILD_TAG "\",\"id\":\"" ID "\",\"version\":\"" VERSION "\",\"summary\":\""      \
        SUMMARY "\",\"sandbox\":\"" SANDBOX "\",\"requires_host\":\"" REQUIRES "\",\"capabilities\":\"" CAPABILITIES \
        "\",\"options_schema\":" SCHEMA "}"
