// SPDX-License-Identifier: Apache-2.0
// How many documents a second one core seals in memory: prepare, digest, sign, embed; no disk, no processes.
// Usage: bench_seal_core [seconds per row]
#include "support/pdf_builder.h"
#include "support/seal_with_test_key.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

namespace {

using namespace greffe;
using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// About `bytes` long: a page of noise, as a scan is, and as many small objects as an office document has.
std::string documentOf(std::size_t bytes, PdfBuilder::Xref kind) {
    std::mt19937 random(1);
    PdfBuilder builder = PdfBuilder::onePage();
    builder.xref(kind);
    for (std::uint32_t i = 10; i < 110; ++i)
        builder.set(i, "<</Type/Font/Subtype/Type1/BaseFont/F" + std::to_string(i) + ">>");
    std::string noise;
    while (noise.size() + 9'000 < bytes)
        noise += static_cast<char>(random() & 0xFFU);
    builder.setStream(5, "", noise);
    return builder.build();
}

void row(const char* name, const std::string& file, const TestSigner& signer, double seconds,
         bool withTimestamp = false) {
    seal_pades::PadesSealer sealer;
    const std::string params = withTimestamp ? R"({"signing_time_unix":1795300000,"level":"B-T"})"
                                             : R"({"signing_time_unix":1795300000,"reserve_bytes":6144})";
    const DocumentView view = viewOf(file);
    double spent[4] = {};
    std::vector<double> each;
    const auto start = Clock::now();
    while (millisecondsSince(start) < seconds * 1000) {
        const auto begin = Clock::now();
        RecordedOutcome prepared, embedded;
        sdk::StringSink tail, final;
        SealGap gap;
        sealer.prepare(view, params, tail, gap, prepared);
        const auto afterPrepare = Clock::now();
        const std::string_view prefix = std::string_view(tail.text()).substr(0, gap.offset - file.size());
        const std::string_view suffix =
            std::string_view(tail.text()).substr(gap.offset - file.size() + gap.size);
        const std::string digest = sha256Of(file, std::string(prefix) + std::string(suffix));
        const auto afterDigest = Clock::now();
        const std::string cms = signer.sign(digest);
        const std::string token =
            withTimestamp ? signer.timestamp(sha256Of(TestSigner::signatureValue(cms))) : "";
        const auto afterSign = Clock::now();
        SealMaterial material;
        material.cms = cms;
        material.timestampToken = token;
        sealer.embed(view, tail.text(), gap, reinterpret_cast<const unsigned char*>(digest.data()), material,
                     final, embedded);
        if (!prepared.isDone() || !embedded.isDone()) {
            std::printf("%s: %s %s\n", name, prepared.explanation().c_str(), embedded.explanation().c_str());
            std::exit(1);
        }
        const auto end = Clock::now();
        const auto milliseconds = [](auto from, auto to) {
            return std::chrono::duration<double, std::milli>(to - from).count();
        };
        spent[0] += milliseconds(begin, afterPrepare);
        spent[1] += milliseconds(afterPrepare, afterDigest);
        spent[2] += milliseconds(afterDigest, afterSign);
        spent[3] += milliseconds(afterSign, end);
        each.push_back(milliseconds(begin, end));
    }
    const double total = millisecondsSince(start) / 1000;
    std::sort(each.begin(), each.end());
    const auto count = static_cast<double>(each.size());
    std::printf(
        "%-28s %8.0f/s  median %.3f ms  p99 %.3f ms  prepare %.3f  digest %.3f  sign %.3f  embed %.3f\n",
        name, count / total, each[each.size() / 2], each[each.size() * 99 / 100], spent[0] / count,
        spent[1] / count, spent[2] / count, spent[3] / count);
}

}  // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
    const TestSigner rsa(TestSigner::Key::Rsa2048), p256(TestSigner::Key::P256);
    const std::string table = documentOf(50'000, PdfBuilder::Xref::Table);
    const std::string stream = documentOf(50'000, PdfBuilder::Xref::Stream);
    row("50 KB, RSA-2048", table, rsa, seconds);
    row("50 KB, P-256", table, p256, seconds);
    row("50 KB xref stream, RSA-2048", stream, rsa, seconds);
    row("50 KB xref stream, P-256", stream, p256, seconds);
    row("50 KB, P-256, B-T", table, p256, seconds, true);
    row("20 MB, P-256", documentOf(20'000'000, PdfBuilder::Xref::Table), p256, seconds);
    return 0;
}
