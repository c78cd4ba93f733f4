// SPDX-License-Identifier: Apache-2.0
// Breaks: ABI-4
// The descriptor, put together by hand, gives another version than the metadata.
#include "bad_plugin.h"

namespace {

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

// What GREFFE_EXPORT_PLUGIN writes, with the version given twice.
#define GREFFE_SUMMARY "Breaks one rule"
static const greffe::PluginDescriptor descriptor = {greffe::kDescriptorMagic,
                                                    sizeof(greffe::PluginDescriptor),
                                                    greffe::kAbiMajor,
                                                    greffe::kAbiMinor,
                                                    0,
                                                    GREFFE_BUILD_TAG,
                                                    GREFFE_BAD_ID,
                                                    "0.2.0",
                                                    GREFFE_SUMMARY,
                                                    "documents",
                                                    "0.1",
                                                    "transformer/1",
                                                    GREFFE_BAD_SCHEMA,
                                                    Bad::create};
extern "C" __attribute__((visibility("default"))) const void* greffe_plugin;
__attribute__((section("boostdll"), used)) const void* greffe_plugin = &descriptor;
extern "C" __attribute__((visibility("default"))) const char greffe_plugin_metadata[];
__attribute__((section("greffe_metadata"), used)) const char greffe_plugin_metadata[] =
    "{\"abi_major\":1,\"abi_minor\":0,\"build_tag\":\"" GREFFE_BUILD_TAG "\",\"id\":\"" GREFFE_BAD_ID
    "\",\"version\":\"0.1.0\",\"summary\":\"" GREFFE_SUMMARY
    "\",\"sandbox\":\"documents\",\"requires_host\":\"0.1\",\"capabilities\":\"transformer/"
    "1\",\"options_schema\":" GREFFE_BAD_SCHEMA "}";
