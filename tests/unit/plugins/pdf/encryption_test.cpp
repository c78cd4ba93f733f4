// SPDX-License-Identifier: Apache-2.0
// Encrypted files are made by qpdf, an implementation that shares nothing with ours.
#include "pdf/ciphers.h"
#include "pdf/document.h"
#include "pdf/text.h"
#include "support/pdf_builder.h"
#include "support/run_tool.h"
#include "support/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace greffe::pdf {
namespace {

std::string bytesOf(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string hex(std::string_view bytes) {
    return hexToken(bytes);
}

TEST(Ciphers, PublishedVectors) {
    EXPECT_EQ(hex(rc4("Key", "Plaintext")), "<BBF316E8D940AF0AD3>");
    EXPECT_EQ(hex(md5("abc")), "<900150983CD24FB0D6963F7D28E17F72>");
    EXPECT_EQ(hex(sha2(256, "abc")).substr(0, 9), "<BA7816BF");
    const std::string key(16, 'k'), vector(16, 'v');
    const auto cipher = aesEncrypt(key, vector, "text", true);
    ASSERT_TRUE(cipher);
    EXPECT_EQ(*aesDecrypt(key, vector, *cipher, true), "text");
    EXPECT_FALSE(aesDecrypt(key, vector, "15 bytes, no fit", true));
    EXPECT_FALSE(aesEncrypt("short key", vector, "text", true));
}

struct Method {
    const char* name;
    std::vector<std::string> options;  // of qpdf --encrypt
};

void PrintTo(const Method& method, std::ostream* out) {
    *out << method.name;
}

class EncryptedFile : public testing::TestWithParam<Method> {
protected:
    // The page's text and a title, encrypted by qpdf with this user password.
    std::string encrypted(const std::string& userPassword, const std::string& ownerPassword) {
        PdfBuilder builder = PdfBuilder::onePage();
        builder.set(5, "<</Title(Greffe \\351)>>")
            .trailer("/Root 1 0 R/Info 5 0 R/ID[<00112233445566778899AABBCCDDEEFF><00>]");
        const std::string plain = folder_.path() + "/plain.pdf", out = folder_.path() + "/out.pdf";
        std::ofstream(plain, std::ios::binary) << builder.build();
        std::vector<std::string> command = {"qpdf", "--allow-weak-crypto", "--encrypt", userPassword,
                                            ownerPassword};
        command.insert(command.end(), GetParam().options.begin(), GetParam().options.end());
        command.insert(command.end(), {"--", plain, out});
        const ToolResult result = runTool(command);
        EXPECT_EQ(result.exitCode, 0) << result.output;
        return bytesOf(out);
    }

    TemporaryDirectory folder_;
};

TEST_P(EncryptedFile, OpensWithTheEmptyPassword) {
    const std::string file = encrypted("", "owner");
    const auto document = Document::open(file);
    ASSERT_TRUE(document) << document.refusal().text;
    ASSERT_NE((*document)->encryption(), nullptr);
    const auto info = (*document)->holder((*document)->xref().trailer("Info"));
    ASSERT_TRUE(info && *info != nullptr);
    const auto title = (*document)->text(**info, (*info)->root().find("Title"));
    ASSERT_TRUE(title) << title.refusal().text;
    EXPECT_EQ(textToUtf8(*title), "Greffe é");
}

// Before AES-256 an empty owner password stands for the user's (ISO 32000-1, algorithm 3): it opens nothing.
TEST_P(EncryptedFile, OpensWithTheEmptyOwnerPasswordWhereThatIsOne) {
    const std::string file = encrypted("secret", "");
    const auto document = Document::open(file);
    if (std::string(GetParam().name).rfind("AES256", 0) == 0) {
        EXPECT_TRUE(document) << document.refusal().text;
    } else {
        ASSERT_FALSE(document);
        EXPECT_EQ(document.refusal().reason, Reason::PasswordNeeded);
    }
}

TEST_P(EncryptedFile, AsksForAPasswordItDoesNotHave) {
    const std::string file = encrypted("secret", "owner");
    const auto document = Document::open(file);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.refusal().reason, Reason::PasswordNeeded);
}

TEST_P(EncryptedFile, EncryptsWhatItCanDecryptAndAlwaysTheSame) {
    const std::string file = encrypted("", "owner");
    const auto document = Document::open(file);
    ASSERT_TRUE(document);
    const Encryption& encryption = *(*document)->encryption();
    for (const auto part : {Encryption::Part::String, Encryption::Part::Stream})
        for (const std::string& text : {std::string(), std::string("a"), std::string(1000, 'b')}) {
            const auto cipher = encryption.encrypt(part, {12, 0}, text);
            ASSERT_TRUE(cipher);
            EXPECT_EQ(*cipher, *encryption.encrypt(part, {12, 0}, text));
            EXPECT_EQ(*encryption.decrypt(part, {12, 0}, *cipher), text);
            EXPECT_TRUE(text.empty() || *cipher != text);
        }
}

INSTANTIATE_TEST_SUITE_P(Methods, EncryptedFile,
                         testing::Values(Method{"RC4_40", {"40"}}, Method{"RC4_128", {"128", "--use-aes=n"}},
                                         Method{"RC4_128_V4", {"128", "--use-aes=n", "--force-V4"}},
                                         Method{"AES128", {"128", "--use-aes=y"}},
                                         Method{"AES128_ClearMetadata",
                                                {"128", "--use-aes=y", "--cleartext-metadata"}},
                                         Method{"AES256_R5", {"256", "--force-R5", "--allow-insecure"}},
                                         Method{"AES256_R6", {"256", "--allow-insecure"}}),
                         [](const auto& method) { return std::string(method.param.name); });

TEST(Encryption, UnknownHandlersAndMethodsSaySo) {
    for (const char* dict :
         {"<</Filter/Adobe.PubSec/V 4>>", "<</Filter/Standard/V 3/R 3/O()/U()>>",
          "<</Filter/Standard/V 9/R 9>>", "<</Filter/Standard/V 2/R 3/Length 7/O()/U()>>"}) {
        const std::string file =
            PdfBuilder::onePage().set(8, dict).trailer("/Root 1 0 R/Encrypt 8 0 R").build();
        const auto document = Document::open(file);
        ASSERT_FALSE(document) << dict;
        EXPECT_EQ(document.refusal().reason, Reason::Encrypted) << dict;
    }
    const std::string broken =
        PdfBuilder::onePage().set(8, "[1]").trailer("/Root 1 0 R/Encrypt 8 0 R").build();
    EXPECT_EQ(Document::open(broken).refusal().reason, Reason::Malformed);
    const std::string null = PdfBuilder::onePage().trailer("/Root 1 0 R/Encrypt null").build();
    EXPECT_TRUE(Document::open(null));
}

}  // namespace
}  // namespace greffe::pdf
