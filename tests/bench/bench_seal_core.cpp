// SPDX-License-Identifier: Apache-2.0
// How many documents a second one core seals in memory: prepare, digest, sign, embed; no disk, no processes.
// Usage: bench_seal_core [seconds per row]
#include "support/pdf_builder.h"
#include "support/seal_with_test_key.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

namespace {

using namespace greffe;
// The processor's time of this thread: what one core can do, however many others want it too.
double milliseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
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
    const double start = milliseconds();
    while (milliseconds() - start < seconds * 1000) {
        const double begin = milliseconds();
        HeardOutcome prepared, embedded;
        sdk::StringSink tail, whole;
        SealGap gap;
        sealer.prepare(view, params, tail, gap, prepared);
        const double afterPrepare = milliseconds();
        const std::string_view prefix = std::string_view(tail.text()).substr(0, gap.offset - file.size());
        const std::string_view suffix =
            std::string_view(tail.text()).substr(gap.offset - file.size() + gap.size);
        const std::string digest = sha256Of(file, std::string(prefix) + std::string(suffix));
        const double afterDigest = milliseconds();
        const std::string cms = signer.sign(digest);
        const std::string token =
            withTimestamp ? signer.timestamp(sha256Of(TestSigner::signatureValue(cms))) : "";
        const double afterSign = milliseconds();
        SealMaterial material;
        material.cms = cms;
        material.timestampToken = token;
        sealer.embed(view, tail.text(), gap, reinterpret_cast<const unsigned char*>(digest.data()), material,
                     whole, embedded);
        if (!prepared.isDone() || !embedded.isDone()) {
            std::printf("%s: %s %s\n", name, prepared.explanation.c_str(), embedded.explanation.c_str());
            std::exit(1);
        }
        const double end = milliseconds();
        spent[0] += afterPrepare - begin;
        spent[1] += afterDigest - afterPrepare;
        spent[2] += afterSign - afterDigest;
        spent[3] += end - afterSign;
        each.push_back(end - begin);
    }
    const double total = (milliseconds() - start) / 1000;
    std::sort(each.begin(), each.end());
    const auto count = static_cast<double>(each.size());
    std::printf(
        "%-28s %6.0f/s  median %.3f ms  p99 %.3f ms  prepare %.3f  digest %.3f  sign %.3f  embed %.3f\n",
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
