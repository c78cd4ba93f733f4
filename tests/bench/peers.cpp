// SPDX-License-Identifier: Apache-2.0
#include "bench/peers.h"

#include "bench/seal_workload.h"
#include "support/pdf_builder.h"
#include "support/run_tool.h"
#include "support/temporary_directory.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kPassphrase = "bench";
constexpr const char* kJavaClassPath =
    "/usr/share/java/pdfbox2.jar:/usr/share/java/fontbox2.jar:/usr/share/java/commons-logging.jar:"
    "/usr/share/java/itext5.jar:/usr/share/java/bcprov.jar:/usr/share/java/bcpkix.jar:/usr/share/java/"
    "bcutil.jar";

struct Bench {
    std::string folder;  // of what the script prepared
    std::string work;    // of keys and documents
    double seconds;
};

void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

void complain(const std::string& peer, const ToolResult& result) {
    fmt::print(stderr, "{} does not sign: {}\n", peer,
               result.isFound ? result.output.substr(0, 300) : "it is not installed");
}

// A program that signs one file: started again and again.
double startedAgain(const Bench& bench, const std::string& peer, const std::vector<std::string>& command) {
    int count = 0;
    const auto begin = Clock::now();
    double spent = 0;
    for (; spent < bench.seconds; ++count) {
        const ToolResult result = runTool(command, 120);
        fs::remove(bench.work + "/out.pdf");
        if (result.exitCode != 0) {
            complain(peer, result);
            return 0;
        }
        spent = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    return count / spent;
}

// The last line of what a program printed: iText 5 speaks of its licence before it.
double numberAtTheEnd(const std::string& text) {
    const auto end = text.find_last_not_of(" \n");
    const auto line = text.rfind('\n', end);
    return std::strtod(text.c_str() + (line == std::string::npos ? 0 : line + 1), nullptr);
}

// A program that signs `seconds` long and prints how many a second.
double warmedUp(const Bench& bench, const std::string& peer, std::vector<std::string> command,
                const std::string& document) {
    for (const std::string& argument :
         {document, bench.work + "/key.p12", std::string(kPassphrase), fmt::format("{}", bench.seconds)})
        command.push_back(argument);
    const ToolResult result = runTool(command, 180);
    const double rate = result.exitCode == 0 ? numberAtTheEnd(result.output) : 0;
    if (rate <= 0) complain(peer, result);
    return rate;
}

// mutool signs a field that is there.
std::string withEmptyField(std::size_t bytes) {
    const std::string plain = documentOf(bytes);
    return PdfBuilder::onePage()
        .set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]/SigFlags 3>>>>")
        .set(6, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/F 132/Rect[0 0 0 0]/P 3 0 R>>")
        .setStream(5, "", plain)
        .build();
}

bool makeNssFolder(const Bench& bench) {
    const std::string nss = bench.work + "/nss";
    fs::create_directories(nss);
    write(bench.work + "/empty", "\n");
    return runTool({"certutil", "-N", "-d", "sql:" + nss, "-f", bench.work + "/empty"}).exitCode == 0 &&
           runTool({"pk12util", "-i", bench.work + "/key.p12", "-d", "sql:" + nss, "-W", kPassphrase, "-k",
                    bench.work + "/empty"})
                   .exitCode == 0;
}

std::string nicknameIn(const Bench& bench) {
    const ToolResult result = runTool({"pdfsig", "-nssdir", bench.work + "/nss", "-list-nicks"});
    const auto at = result.output.find("Certificate nicknames available:");
    const auto line = result.output.find('\n', at);
    if (at == std::string::npos || line == std::string::npos) return "";
    const std::string nick = result.output.substr(line + 1, result.output.find('\n', line + 1) - line - 1);
    return nick;
}

}  // namespace

double PeerRates::perSecond(const std::string& name, std::size_t bytes) const {
    const auto found = rates.find({name, bytes});
    return found == rates.end() ? 0 : found->second;
}

PeerRates measurePeers(const std::string& folder, const TestIdentity& identity,
                       const std::vector<std::size_t>& sizes, double seconds) {
    const TemporaryDirectory work;
    const Bench bench{folder, work.path(), seconds};
    write(bench.work + "/key.p12", identity.pkcs12(kPassphrase, Pkcs12Encryption::TripleDes));
    const bool hasNss = makeNssFolder(bench);
    const std::string nickname = hasNss ? nicknameIn(bench) : "";
    const std::string document = bench.work + "/in.pdf", field = bench.work + "/field.pdf",
                      out = bench.work + "/out.pdf";
    const std::string classPath = fmt::format("{}:{}", folder, kJavaClassPath);
    using Run = std::function<double(const std::string& peer)>;
    const std::vector<std::pair<std::string, Run>> peers = {
        {"pdfsig",
         [&](const std::string& peer) {
             return startedAgain(bench, peer,
                                 {"pdfsig", "-nssdir", bench.work + "/nss", "-add-signature", "-nick",
                                  nickname, document, out});
         }},
        {"mutool",
         [&](const std::string& peer) {
             return startedAgain(
                 bench, peer,
                 {"mutool", "sign", "-s", bench.work + "/key.p12", "-P", kPassphrase, "-o", out, field, "6"});
         }},
        {"PDFBox",
         [&](const std::string& peer) {
             return warmedUp(bench, peer, {"java", "-Xmx4g", "-cp", classPath, "SignAgain", "pdfbox"},
                             document);
         }},
        {"iText 5",
         [&](const std::string& peer) {
             return warmedUp(bench, peer, {"java", "-Xmx4g", "-cp", classPath, "SignAgain", "itext"},
                             document);
         }},
        {"@signpdf",
         [&](const std::string& peer) {
             return warmedUp(bench, peer, {"node", folder + "/sign-again.mjs"}, document);
         }},
    };
    PeerRates result;
    for (const auto& [name, run] : peers)
        result.names.push_back(name);
    for (const std::size_t bytes : sizes) {
        write(document, documentOf(bytes));
        write(field, withEmptyField(bytes));
        for (const auto& [name, run] : peers) {
            fmt::print(stderr, "… {}, {} KB\n", name, bytes / 1000);
            result.rates[{name, bytes}] = run(name);
        }
    }
    return result;
}

}  // namespace greffe
