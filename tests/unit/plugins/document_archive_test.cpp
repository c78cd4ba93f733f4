// SPDX-License-Identifier: Apache-2.0
// The document-archive plugin as the documents worker uses it: the real shared object.
#include "unit/plugins/archive_calls.h"
#include "unit/plugins/raw_zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <clocale>

namespace greffe {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const std::string kPdf = "%PDF-1.4\nsmall\n%%EOF\n";

RawZip office() {
    RawZip zip;
    zip.members.push_back({"lease.pdf", kPdf});
    zip.members.push_back({"notes.txt", "caf\xc3\xa9\n"});
    zip.members.push_back({"\x82tat.bin", std::string("\0\1\2", 3)});
    return zip;
}

// A tar that libarchive writes; `change` has the last word on each entry.
std::string tarOf(const std::vector<std::pair<std::string, std::string>>& members, int filter,
                  const std::function<void(struct archive_entry*)>& change = {}, bool isPax = false) {
    std::string bytes(1U << 20U, '\0');
    std::size_t used = 0;
    struct archive* a = archive_write_new();
    isPax ? archive_write_set_format_pax(a) : archive_write_set_format_gnutar(a);
    if (filter != 0) archive_write_add_filter(a, filter);
    archive_write_open_memory(a, bytes.data(), bytes.size(), &used);
    for (const auto& [name, text] : members) {
        struct archive_entry* entry = archive_entry_new();
        archive_entry_copy_pathname(entry, name.c_str());
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
        if (change) change(entry);
        EXPECT_EQ(archive_write_header(a, entry), ARCHIVE_OK) << archive_error_string(a);
        archive_write_data(a, text.data(), text.size());
        archive_entry_free(entry);
    }
    archive_write_close(a);
    archive_write_free(a);
    bytes.resize(used);
    return bytes;
}

class DocumentArchive : public ::testing::Test {
protected:
    HeardOutcome inspect(const std::string& bytes) {
        HeardOutcome outcome;
        plugin.use<DocumentHandler>().inspect(viewOf(bytes, "a.zip"), outcome);
        return outcome;
    }
    HeardOutcome validate(const std::string& bytes, const std::string& profile = "{}") {
        HeardOutcome outcome;
        plugin.use<DocumentHandler>().validate(viewOf(bytes, "a.zip"), profile, outcome);
        return outcome;
    }
    HeardOutcome transform(const std::vector<DocumentView>& views, const std::string& params) {
        HeardOutcome outcome;
        plugin.use<Transformer>().transform(views.data(), static_cast<std::uint32_t>(views.size()), params,
                                            outcome);
        return outcome;
    }
    PluginUnderTest plugin{"document-archive"};
};

TEST_F(DocumentArchive, TellsWhatIsInside) {
    const std::string bytes = office().build();
    HeardOutcome outcome = inspect(bytes);
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    EXPECT_EQ(outcome.facts["format"], "\"zip\"");
    EXPECT_EQ(outcome.facts["entries"], "3");
    EXPECT_EQ(outcome.facts["total_bytes"], std::to_string(kPdf.size() + 6 + 3));
    EXPECT_EQ(outcome.facts["members_complete"], "true");
    const json members = json::parse(outcome.facts["members"]);
    EXPECT_EQ(members[0]["name"], "lease.pdf");
    EXPECT_EQ(members[0]["media_type"], "application/pdf");
    EXPECT_EQ(members[1]["media_type"], "text/plain");
    EXPECT_EQ(members[2]["name_hex"],
              "82746174"
              "2e62696e");
    EXPECT_EQ(members[2]["media_type"], "application/octet-stream");
}

TEST_F(DocumentArchive, ProbesByContent) {
    auto& handler = plugin.use<DocumentHandler>();
    EXPECT_GE(handler.probe(office().build()), 90U);
    EXPECT_GE(handler.probe(tarOf({{"a", "b"}}, 0)), 90U);
    EXPECT_GE(handler.probe(tarOf({{"a", "b"}}, ARCHIVE_FILTER_GZIP)), 50U);
    EXPECT_GE(handler.probe(tarOf({{"a", "b"}}, ARCHIVE_FILTER_ZSTD)), 50U);
    EXPECT_EQ(handler.probe(kPdf), 0U);
    EXPECT_EQ(handler.probe(""), 0U);
    EXPECT_EQ(handler.probe(std::string(4096, '\0')), 0U);
}

TEST_F(DocumentArchive, ReadsEveryTar) {
    for (const int filter : {0, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD})
        for (const bool isPax : {false, true}) {
            // A name that needs a long-name or pax record, with accents; the process runs in "C".
            const std::string name = std::string(150, 'n') + "/\xc3\xa9t\xc3\xa9.pdf";
            std::setlocale(LC_ALL, "C.UTF-8");
            const std::string bytes = tarOf({{name, kPdf}, {"./b", "c"}}, filter, {}, isPax);
            std::setlocale(LC_ALL, "C");
            HeardOutcome outcome = inspect(bytes);
            ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
            EXPECT_EQ(json::parse(outcome.facts["members"])[0]["name"], name) << filter << isPax;
        }
    EXPECT_STREQ(std::setlocale(LC_CTYPE, nullptr), "C");
}

TEST_F(DocumentArchive, RefusesOtherFiltersAndDoubleCompression) {
    for (const int filter : {ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_COMPRESS}) {
        const HeardOutcome outcome = inspect(tarOf({{"a", "b"}}, filter));
        EXPECT_EQ(outcome.reason, "not_accepted") << filter;
    }
    std::string twice = tarOf({{"a", "b"}}, ARCHIVE_FILTER_GZIP);
    {
        std::string bytes(1U << 20U, '\0');
        std::size_t used = 0;
        struct archive* a = archive_write_new();
        archive_write_set_format_raw(a);
        archive_write_add_filter_gzip(a);
        archive_write_open_memory(a, bytes.data(), bytes.size(), &used);
        struct archive_entry* entry = archive_entry_new();
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_write_header(a, entry);
        archive_write_data(a, twice.data(), twice.size());
        archive_entry_free(entry);
        archive_write_free(a);
        bytes.resize(used);
        twice = bytes;
    }
    EXPECT_THAT(inspect(twice).explanation, HasSubstr("compressed more than once"));
}

TEST_F(DocumentArchive, RefusesTarTricks) {
    const auto refusal = [&](const std::function<void(struct archive_entry*)>& change) {
        return inspect(tarOf({{"first", "x"}, {"second", "y"}}, 0, change)).explanation;
    };
    EXPECT_THAT(refusal([](auto* e) { archive_entry_set_pathname(e, "same"); }), HasSubstr("same name"));
    EXPECT_THAT(refusal([](auto* e) {
                    archive_entry_set_filetype(e, AE_IFIFO);
                    archive_entry_set_size(e, 0);
                }),
                HasSubstr("pipe"));
    // A file with holes, as GNU tar keeps one.
    const std::string sparse = tarOf(
        {{"sparse", std::string(4096, 'x')}}, 0,
        [](struct archive_entry* e) {
            archive_entry_set_size(e, 1 << 20);
            archive_entry_sparse_add_entry(e, 0, 4096);
        },
        true);
    EXPECT_THAT(inspect(sparse).explanation, HasSubstr("sparse"));
    EXPECT_NE(inspect(sparse).verdict, Verdict::Done);
    // Cut anywhere: never an empty success.
    const std::string whole = tarOf({{"first", std::string(2'000, 'x')}}, 0);
    for (std::size_t size = 1; size < 2'512; size += 7)
        EXPECT_NE(inspect(whole.substr(0, size)).verdict, Verdict::Done) << size;
}

TEST_F(DocumentArchive, ChecksAProfile) {
    const std::string bytes = office().build();
    EXPECT_EQ(validate(bytes).verdict, Verdict::Done);
    EXPECT_EQ(validate(bytes, R"({"max_entries":3,"page_size":"A4"})").verdict, Verdict::Done);
    HeardOutcome many = validate(bytes, R"({"max_entries":2})");
    EXPECT_EQ(many.reason, "archive_unsafe");
    EXPECT_EQ(json::parse(many.facts["findings"])[0]["code"], "archive_unsafe");
    const HeardOutcome kind = validate(bytes, R"({"accepts":["application/pdf"]})");
    EXPECT_EQ(kind.reason, "not_accepted");
    EXPECT_THAT(kind.explanation, HasSubstr("member \"notes.txt\" is text/plain"));
    EXPECT_EQ(validate(bytes, "[]").reason, "invalid_options");
}

TEST_F(DocumentArchive, TellsOfficeDocumentsFromArchives) {
    RawZip word;
    word.members.push_back({"[Content_Types].xml", "<?xml?>"});
    word.members.push_back({"word/document.xml", "<?xml?>"});
    RawZip text;
    text.members.push_back({"mimetype", "application/vnd.oasis.opendocument.text"});
    RawZip outer;
    outer.members.push_back({"a.docx", word.build()});
    outer.members.push_back({"b.odt", text.build()});
    HeardOutcome outcome = validate(outer.build());
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    const json members = json::parse(outcome.facts["members"]);
    EXPECT_EQ(members[0]["media_type"],
              "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    EXPECT_EQ(members[1]["media_type"], "application/vnd.oasis.opendocument.text");

    outer.members.push_back({"c.zip", office().build()});
    EXPECT_THAT(validate(outer.build()).explanation, HasSubstr("member \"c.zip\" is an archive itself"));
    EXPECT_EQ(validate(outer.build(), R"({"nested_archives":true})").verdict, Verdict::Done);
    for (const int filter : {0, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD}) {
        outer.members.back().bytes = tarOf({{"a", "b"}}, filter);
        EXPECT_THAT(validate(outer.build()).explanation, HasSubstr("archive itself")) << filter;
    }
}

TEST_F(DocumentArchive, TakesAnArchiveApart) {
    const std::string bytes = office().build();
    HeardOutcome outcome = transform({viewOf(bytes, "a.zip")}, R"({"into":"members"})");
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    ASSERT_EQ(outcome.artifacts.size(), 3U);
    EXPECT_EQ(outcome.artifacts["member-001"].text(), kPdf);
    EXPECT_EQ(outcome.mediaTypes["member-001"], "application/pdf");
    const json members = json::parse(outcome.facts["members"]);
    EXPECT_EQ(members[1]["artifact"], "member-002");
    EXPECT_EQ(members[1]["name"], "notes.txt");
}

TEST_F(DocumentArchive, HandsOnLargeMembersUnchanged) {
    RawZip zip;
    std::string large;
    for (unsigned i = 0; large.size() < 5U << 20U; ++i)
        large += std::to_string(i * 2'654'435'761U);
    zip.members.push_back({"large.txt", large});
    zip.members.push_back({"empty.txt", ""});
    zip.members.push_back({"edge.txt", large.substr(0, 16 * 1024)});
    const std::string bytes = zip.build();
    HeardOutcome outcome = transform({viewOf(bytes, "a.zip")}, R"({"into":"members"})");
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    EXPECT_TRUE(outcome.artifacts["member-001"].text() == large);
    EXPECT_EQ(outcome.artifacts["member-002"].text(), "");
    EXPECT_TRUE(outcome.artifacts["member-003"].text() == large.substr(0, 16 * 1024));
}

TEST_F(DocumentArchive, PacksTheSameEveryTime) {
    const std::string text = "some text\n";
    for (const char* const params :
         {R"({"into":"zip"})", R"({"into":"zip","compression":"stored","folder":"lease"})",
          R"({"into":"tar.zst"})"}) {
        const std::vector<DocumentView> views = {viewOf(kPdf, "a.pdf"), viewOf(text, "../A.PDF")};
        HeardOutcome first = transform(views, params), second = transform(views, params);
        ASSERT_EQ(first.verdict, Verdict::Done) << first.explanation;
        EXPECT_EQ(first.artifacts["archive"].text(), second.artifacts["archive"].text());
        const std::string packed = first.artifacts["archive"].text();
        HeardOutcome apart = transform({viewOf(packed, "x")}, R"({"into":"members"})");
        ASSERT_EQ(apart.verdict, Verdict::Done) << apart.explanation;
        EXPECT_EQ(apart.artifacts["member-001"].text(), kPdf);
        EXPECT_EQ(apart.artifacts["member-002"].text(), text);
        EXPECT_THAT(json::parse(apart.facts["members"])[1]["name"].get<std::string>(),
                    HasSubstr("A (2).PDF"));
    }
}

TEST_F(DocumentArchive, RefusesWrongParams) {
    const std::string bytes = office().build();
    const std::vector<DocumentView> one = {viewOf(bytes, "a.zip")};
    for (const char* const params : {"{}", R"({"into":"rar"})", R"({"into":"zip","compression":"best"})",
                                     R"({"into":"zip","folder":"../x"})", "7"})
        EXPECT_EQ(transform(one, params).reason, "invalid_options") << params;
    EXPECT_EQ(transform({one[0], one[0]}, R"({"into":"members"})").reason, "invalid_options");
    EXPECT_EQ(transform({}, R"({"into":"zip"})").reason, "invalid_options");
}

TEST_F(DocumentArchive, RefusesMoreMembersThanADossierTakes) {
    RawZip zip;
    for (int i = 0; i < 121; ++i)
        zip.members.push_back({"m" + std::to_string(i), "x"});
    EXPECT_EQ(inspect(zip.build()).verdict, Verdict::Done);
    const std::string bytes = zip.build();
    EXPECT_THAT(transform({viewOf(bytes, "a.zip")}, R"({"into":"members"})").explanation,
                HasSubstr("too many to be documents"));
}

TEST(DocumentArchiveOptions, NameTheOptionAtFault) {
    for (const char* const name : {"max_entries", "max_total_mebibytes", "max_member_mebibytes", "max_ratio"})
        for (const char* const value : {"0", "-1", "1.5", "\"x\"", "99999999"}) {
            PluginUnderTest plugin("document-archive", "{\"" + std::string(name) + "\":" + value + "}");
            EXPECT_FALSE(plugin.isReady);
            EXPECT_THAT(plugin.problems.all(), HasSubstr(name));
        }
    PluginUnderTest plugin("document-archive", R"({"max_entries":2})");
    ASSERT_TRUE(plugin.isReady);
    HeardOutcome outcome;
    const std::string bytes = office().build();
    plugin.use<DocumentHandler>().inspect(viewOf(bytes, "a.zip"), outcome);
    EXPECT_EQ(outcome.reason, "archive_unsafe");
}

}  // namespace
}  // namespace greffe
