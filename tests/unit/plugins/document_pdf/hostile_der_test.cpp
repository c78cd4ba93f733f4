// SPDX-License-Identifier: Apache-2.0
// DER that nobody signed, in the place of a signature and of a time-stamp token: a finding that says no, in
// no time.
#include "document-pdf/checks/cms_check.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace greffe::document_pdf {
namespace {

std::map<std::string, std::string> hostileDer() {
    std::string deep;  // sequences inside sequences, each with the longest honest length
    for (int i = 0; i < 20'000; ++i)
        deep += "\x30\x80";
    std::map<std::string, std::string> files = {
        {"empty", ""},
        {"deep", deep},
        {"huge length", std::string("\x30\x88\x7f\xff\xff\xff\xff\xff\xff\xff", 10)},
        {"a CMS type and nothing", std::string("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 13)}};
    const std::string corpus = GREFFE_SOURCE_DIR "/../shared/corpus/hostile";
    std::error_code absent;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus, absent)) {
        const std::string name = entry.path().filename();
        if (name.rfind("der-", 0) != 0 && name.rfind("opensslfuzz-", 0) != 0) continue;
        std::ostringstream bytes;
        bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        files[name] = bytes.str();
    }
    return files;
}

TEST(HostileDer, IsNoSignature) {
    for (const auto& [name, der] : hostileDer())
        for (const char* subFilter : {"adbe.pkcs7.detached", "adbe.pkcs7.sha1", "ETSI.CAdES.detached"}) {
            const CmsFinding finding = checkSignatureCms(der, subFilter, {"signed", "bytes"});
            EXPECT_FALSE(finding.isIntact) << name;
            EXPECT_NE(finding.why, "") << name;
        }
}

TEST(HostileDer, IsNoToken) {
    for (const auto& [name, der] : hostileDer()) {
        auto parsed = parseSignedData(der, true);
        if (!parsed) continue;
        EXPECT_FALSE(checkEmbeddedCms(parsed->get(), der).isIntact) << name;
    }
}

}  // namespace
}  // namespace greffe::document_pdf
