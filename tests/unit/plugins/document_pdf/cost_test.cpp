// SPDX-License-Identifier: Apache-2.0
// What an examination may cost: time for many objects, memory for a large file.
#include "support/contained_child.h"
#include "support/temporary_directory.h"
#include "validated.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace greffe::document_pdf {
namespace {

#ifdef GREFFE_SANITIZED
constexpr double kSlower = 20;
#else
constexpr double kSlower = 1;
#endif

// Writes objects one after the other, then the table.
class FileWriter {
public:
    void object(const std::string& text) {
        offsets_.push_back(file_.size());
        file_ += std::to_string(offsets_.size()) + " 0 obj\n" + text + "\nendobj\n";
    }
    std::string finish() {
        const std::size_t start = file_.size();
        file_ += "xref\n0 " + std::to_string(offsets_.size() + 1) + "\n0000000000 65535 f \n";
        for (const std::size_t offset : offsets_) {
            char line[40];
            std::snprintf(line, sizeof line, "%010zu 00000 n \n", offset);
            file_ += line;
        }
        file_ += "trailer\n<</Size " + std::to_string(offsets_.size() + 1) + "/Root 1 0 R>>\nstartxref\n" +
                 std::to_string(start) + "\n%%EOF\n";
        return std::move(file_);
    }

private:
    std::string file_ = "%PDF-1.7\n";
    std::vector<std::size_t> offsets_;
};

// 3 * pages + 2 objects: for each page its dictionary, its content and its resources; `imageBytes` in the
// first page's.
std::string manyObjects(int pages, std::size_t imageBytes = 0) {
    FileWriter writer;
    writer.object("<</Type/Catalog/Pages 2 0 R>>");
    std::string kids;
    for (int i = 0; i < pages; ++i)
        kids += std::to_string(3 + 3 * i) + " 0 R ";
    writer.object("<</Type/Pages/Kids[" + kids + "]/Count " + std::to_string(pages) + ">>");
    for (int i = 0; i < pages; ++i) {
        const std::string content = std::to_string(4 + 3 * i), resources = std::to_string(5 + 3 * i);
        writer.object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Contents " + content +
                      " 0 R/Resources " + resources + " 0 R>>");
        const std::string text = "BT /F1 12 Tf 72 720 Td (This is page " + std::to_string(i) + ") Tj ET";
        writer.object("<</Length " + std::to_string(text.size()) + ">>\nstream\n" + text + "\nendstream");
        if (i == 0 && imageBytes > 0)
            writer.object("<</Type/XObject/Subtype/Image/Length " + std::to_string(imageBytes) +
                          ">>\nstream\n" + std::string(imageBytes, 'x') + "\nendstream");
        else
            writer.object(
                "<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/ProcSet[/PDF/Text]>>");
    }
    return writer.finish();
}

TEST(Cost, NinetyThousandObjectsTakeLessThanASecond) {
    const std::string file = manyObjects(30'000);
    const ChildEnd end = runContained(20, [&] {
        rusage before{}, after{};
        getrusage(RUSAGE_SELF, &before);
        const Validated said = validated(file, R"({"page_size":"A4","max_pages":100000})");
        getrusage(RUSAGE_SELF, &after);
        const auto seconds = [](const rusage& used) {
            return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                   static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
        };
        return std::to_string(seconds(after) - seconds(before)) + " " +
               (said.isDone ? "done" : said.explanation);
    });
    ASSERT_TRUE(end.hasFinished());
    EXPECT_NE(end.output.find("done"), std::string::npos) << end.output;
    EXPECT_LT(std::stod(end.output), 1.0 * kSlower) << end.output;
    RecordProperty("seconds", end.output);
}

TEST(Cost, AHundredMegabytesTake32MebibytesBesidesTheMapping) {
#ifdef GREFFE_SANITIZED
    GTEST_SKIP() << "a sanitizer has memory of its own";
#endif
    const TemporaryDirectory folder;
    const std::string path = folder.path() + "/large.pdf";
    {
        const std::string file = manyObjects(10'000, 100'000'000);
        std::ofstream(path, std::ios::binary) << file;
    }
    const ChildEnd end = runContained(20, [&]() -> std::string {
        const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        const auto size = static_cast<std::size_t>(lseek(descriptor, 0, SEEK_END));
        void* bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (bytes == MAP_FAILED) return "no mapping";
        // What this process has already, and 32 MiB: private writable memory only, so the mapping does not
        // count.
        std::ifstream status("/proc/self/status");
        std::string word;
        rlim_t dataKib = 0;
        while (status >> word)
            if (word == "VmData:") status >> dataKib;
        const rlim_t most = (dataKib + 32 * 1024) * 1024;
        const rlimit limit{most, most};
        setrlimit(RLIMIT_DATA, &limit);
        const Validated said = validated({static_cast<const char*>(bytes), size}, R"({"page_size":"A4"})");
        return said.isDone ? "done" : said.reason + ": " + said.explanation;
    });
    ASSERT_TRUE(end.hasFinished()) << end.status;
    EXPECT_EQ(end.output, "done");
    EXPECT_LT(end.cpuSeconds, 2.0);
}

}  // namespace
}  // namespace greffe::document_pdf
