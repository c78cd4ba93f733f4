// SPDX-License-Identifier: Apache-2.0
#include "conformance/corpus.h"

#include "sys/files.h"

#include <fmt/format.h>

#include <random>

namespace greffe::conformance {
namespace {

constexpr std::size_t kLargeBytes = 32U << 20U;

// One A4 page with a line of text and a classic cross-reference table, offsets computed.
std::string smallPdf() {
    const std::string content = "BT /F1 12 Tf 72 720 Td (Hello) Tj ET";
    const std::string page =
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.276 841.89] /Contents 4 0 R /Resources << /Font << "
        "/F1 5 0 R >> >> >>";
    const std::string objects[] = {
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        fmt::format("<< /Length {} >>\nstream\n{}\nendstream", content.size(), content),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    };
    std::string pdf = "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n";
    std::string table = "xref\n0 6\n0000000000 65535 f \n";
    int number = 1;
    for (const std::string& object : objects) {
        table += fmt::format("{:010} 00000 n \n", pdf.size());
        pdf += fmt::format("{} 0 obj\n{}\nendobj\n", number++, object);
    }
    const std::size_t start = pdf.size();
    return pdf + table + fmt::format("trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n", start);
}

std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    all.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i)
        all += text;
    return all;
}

std::string randomBytes(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::string bytes(count, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

}  // namespace

const std::vector<Sample>& ordinarySamples() {
    static const std::vector<Sample> samples = {
        {"hello.txt", "text/plain", "Hello, this is a short text.\nIt has two lines.\n"},
        {"hello.pdf", "application/pdf", smallPdf()},
    };
    return samples;
}

std::vector<Sample> hostileSamples() {
    const std::string pdf = smallPdf();
    const std::string type = "application/pdf";
    std::vector<Sample> samples = {
        {"empty", type, ""},
        {"one-byte", type, "%"},
        {"cut-in-half.pdf", type, pdf.substr(0, pdf.size() / 2)},
        {"cut-at-the-end.pdf", type, pdf.substr(0, pdf.size() - 7)},
        {"random", type, randomBytes(100'000, 1)},
        {"random-behind-a-header.pdf", type, pdf.substr(0, 15) + randomBytes(100'000, 2)},
        {"nested-dictionaries.pdf", type, "%PDF-1.7\n1 0 obj\n" + repeated("<</A", 50'000)},
        {"nested-arrays.pdf", type, "%PDF-1.7\n1 0 obj\n" + repeated("[", 200'000)},
        {"nested.json", "application/json", repeated("[", 200'000)},
        {"nested.xml", "application/xml", repeated("<a>", 100'000)},
        {"entities.xml", "application/xml",
         "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"&c;&c;\"><!ENTITY c \"&b;&b;\">]><a>&b;</a>"},
        {"zeros", "application/octet-stream", std::string(kLargeBytes, '\0')},
        {"not-utf8.txt", "text/plain", "\xff\xfe\xc0\x80\xed\xa0\x80 text"},
        {"name\nwith \x01 everything \xff", "weird type; =", "text"},
    };
    std::string lyingCount = pdf;
    lyingCount.replace(lyingCount.find("/Count 1"), 8, "/Count 2000000000");
    samples.push_back({"count-that-lies.pdf", type, lyingCount});
    std::string lyingOffset = pdf;
    lyingOffset.replace(lyingOffset.find("startxref\n") + 10, 3, "99999999999999999999");
    samples.push_back({"offset-that-lies.pdf", type, lyingOffset});
    for (unsigned seed = 10; seed < 30; ++seed) {
        std::string mutated = pdf;
        std::mt19937 random(seed);
        for (int change = 0; change < 8; ++change)
            mutated[random() % mutated.size()] = static_cast<char>(random());
        samples.push_back({fmt::format("mutated-{}.pdf", seed), type, mutated});
    }
    // What an upload leaves behind: a local file header of a zip archive with sizes of four gigabytes, and
    // nothing more.
    samples.push_back({"lying.zip", "application/zip",
                       std::string("PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0", 18) +
                           std::string(8, '\xff') + std::string("\x01\0\0\0a", 5)});
    return samples;
}

const std::vector<std::string>& hostileParams() {
    static const std::vector<std::string> params = {
        "",
        "{",
        "[]",
        "null",
        "7",
        "\"text\"",
        "{\"a\":",
        std::string(100'000, '['),
        "{\"\xff\":1}",
        "{\"unknown_option\":{\"deep\":[1,2,3]}}",
        "true",
        " {}\n",
    };
    return params;
}

Sample readSample(const std::string& path) {
    const std::string name = splitPath(path).name;
    const auto bytes = readFile(path, 256U << 20U);
    const auto ends = [&](std::string_view with) {
        return name.size() > with.size() && name.ends_with(with);
    };
    std::string type = "application/octet-stream";
    if (ends(".pdf")) type = "application/pdf";
    if (ends(".txt")) type = "text/plain";
    if (ends(".json")) type = "application/json";
    if (ends(".xml")) type = "application/xml";
    if (ends(".docx")) type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    if (ends(".odt")) type = "application/vnd.oasis.opendocument.text";
    return {name, type, bytes ? *bytes : std::string()};
}

}  // namespace greffe::conformance
