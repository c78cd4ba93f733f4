// SPDX-License-Identifier: Apache-2.0
#include "poppler.h"

#include <greffe/sdk/document.h>

#include <charconv>

namespace document_preview {

using greffe::ProgramEnd;
using greffe::Reason;
namespace sdk = greffe::sdk;

namespace {

constexpr std::uint64_t kMostInfoBytes = 1U << 20U;
constexpr std::uint64_t kMostImageBytes = 96U << 20U;
constexpr std::size_t kShownErrorBytes = 200;

// The first line that a program complained with, for people. The document's author may have worded it.
std::string firstLine(std::string_view errors) {
    return sdk::printableName(errors.substr(0, errors.find('\n')).substr(0, kShownErrorBytes));
}

bool needsPassword(std::string_view errors) {
    return errors.find("Incorrect password") != std::string_view::npos;
}

[[noreturn]] void refuse(const std::string& program, const greffe::ProgramResult& result,
                         const std::string& errors) {
    switch (result.end) {
        case ProgramEnd::Cancelled: throw sdk::Stopped{};
        case ProgramEnd::TimedOut:
            throw sdk::Refusal(Reason::LimitExceeded, program + " took longer on it than it may");
        case ProgramEnd::OutputLimit:
            throw sdk::Refusal(Reason::LimitExceeded, program + " wrote more about it than it may");
        case ProgramEnd::Killed:
            throw sdk::Refusal(Reason::Malformed,
                               program + " died of it (signal " + std::to_string(result.code) + ")");
        case ProgramEnd::NotStarted:
            // The machine's trouble, which is no word on the document.
            throw sdk::Refusal(Reason::StorageError, program + " could not be run: " + firstLine(errors));
        case ProgramEnd::Exited: break;
    }
    if (needsPassword(errors)) throw sdk::Refusal(Reason::PasswordNeeded, "it opens with a password only");
    throw sdk::Refusal(Reason::Malformed, program + " cannot read it: " + firstLine(errors));
}

}  // namespace

std::uint32_t pagesIn(std::string_view output) {
    constexpr std::string_view kLabel = "Pages:";
    std::uint32_t pages = 0;
    while (!output.empty()) {
        const std::string_view line = output.substr(0, output.find('\n'));
        output.remove_prefix(std::min(line.size() + 1, output.size()));
        if (line.substr(0, kLabel.size()) != kLabel) continue;
        const std::size_t digit = line.find_first_of("0123456789");
        std::uint32_t count = 0;
        if (digit != std::string_view::npos &&
            std::from_chars(line.data() + digit, line.data() + line.size(), count).ec == std::errc())
            pages = count;
    }
    return pages;
}

std::string Poppler::run(const char* program, const std::vector<std::string>& words, std::string_view pdf,
                         std::uint64_t maxOutputBytes) const {
    std::vector<greffe::Slice> arguments(words.begin(), words.end());
    greffe::ProgramCall call;
    call.program = program;
    call.arguments = arguments.data();
    call.argumentCount = static_cast<std::uint32_t>(arguments.size());
    call.input = pdf;
    call.maxOutputBytes = maxOutputBytes;
    call.timeoutMs = timeoutMs_;
    sdk::StringSink output;
    sdk::StringSink errors;
    greffe::ProgramResult result;
    if (!programs_.run(call, output, errors, result))
        throw sdk::Refusal(Reason::PluginFault, std::string(program) + ": " + errors.text());
    if (result.end != ProgramEnd::Exited || result.code != 0) refuse(program, result, errors.text());
    return output.take();
}

std::uint32_t Poppler::countPages(std::string_view pdf) const {
    const std::uint32_t pages = pagesIn(run("pdfinfo", {"-enc", "UTF-8", "input"}, pdf, kMostInfoBytes));
    if (pages == 0) throw sdk::Refusal(Reason::NoPages, "it has no page");
    return pages;
}

std::string Poppler::draw(std::string_view pdf, std::uint32_t firstPage, std::uint32_t lastPage,
                          std::uint32_t side) const {
    return run("pdftoppm",
               {"-q", "-png", "-f", std::to_string(firstPage), "-l", std::to_string(lastPage), "-scale-to",
                std::to_string(side), "input"},
               pdf, kMostImageBytes);
}

}  // namespace document_preview
