// SPDX-License-Identifier: Apache-2.0
#include "cli/shell_texts.h"

#include <greffe/version.h>

#include <fmt/format.h>

#include <cstdint>

namespace greffe {
namespace {

// The code point at `at`, which is moved to its last byte. The texts are our own, and valid UTF-8.
std::uint32_t codePoint(std::string_view text, std::size_t& at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t more = lead >= 0xF0U ? 3 : lead >= 0xE0U ? 2 : 1;
    std::uint32_t point = lead & (0x3FU >> more);
    for (std::size_t i = 0; i < more && at + 1 < text.size(); ++i)
        point = point << 6U | (static_cast<unsigned char>(text[++at]) & 0x3FU);
    return point;
}

// roff takes a dot or an apostrophe at the start of a line for a request, a minus for a hyphen, and bytes for
// letters.
std::string roff(std::string_view text) {
    std::string out;
    bool isLineStart = true;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char letter = text[at];
        if (isLineStart && (letter == '.' || letter == '\'')) out += "\\&";
        isLineStart = letter == '\n';
        if (letter == '\\') {
            out += "\\e";
        } else if (letter == '-') {
            out += "\\-";
        } else if (static_cast<unsigned char>(letter) >= 0x80U) {
            out += fmt::format("\\[u{:04X}]", codePoint(text, at));
        } else {
            out += letter;
        }
    }
    return out;
}

std::string synopsis(const Command& command) {
    std::string text = fmt::format("\\fBgreffe {}\\fR", roff(command.path));
    if (!command.options.empty()) text += " [\\fIoptions\\fR]";
    for (const PositionalSpec& positional : command.positionals) {
        const std::string name =
            fmt::format("\\fI{}\\fR{}", roff(positional.name), positional.isMany ? " ..." : "");
        text += positional.isRequired ? " " + name : " [" + name + "]";
    }
    return text;
}

}  // namespace

std::string manualPage(std::span<const Command> commands) {
    std::string page =
        fmt::format(".TH GREFFE 8 \"\" \"Greffe {}\" \"System administration\"\n", GREFFE_VERSION);
    page += ".SH NAME\ngreffe \\- documents in, sealed, kept and told of\n";
    page += ".SH SYNOPSIS\n\\fBgreffe\\fR \\fIcommand\\fR [\\fIoptions\\fR]\n";
    page += ".SH DESCRIPTION\n" + roff(
                                      "One program is the daemon (greffe run) and its operator's tools. "
                                      "Those that look at a running daemon or change "
                                      "something in it speak to it over its control socket; nothing can be "
                                      "done elsewhere that cannot be done "
                                      "here.\n");
    page += ".SH COMMANDS\n";
    for (const Command& command : commands) {
        if (command.isHidden) continue;
        page += ".SS " + synopsis(command) + "\n" + roff(command.summary) + ".\n";
        if (!command.details.empty()) page += ".PP\n" + roff(command.details) + "\n";
        for (const PositionalSpec& positional : command.positionals)
            page += fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff(positional.name), roff(positional.help));
        for (const OptionSpec& option : command.options) {
            page += fmt::format(".TP\n\\fB{}\\fR", roff(option.name));
            if (!option.value.empty()) page += fmt::format(" \\fI{}\\fR", roff(option.value));
            page += "\n" + roff(option.help);
            if (!option.fallback.empty()) page += roff(fmt::format(" [{}]", option.fallback));
            page += "\n";
        }
    }
    page +=
        ".SH EXIT STATUS\n.TP\n0\ndone, or the document is good\n.TP\n1\nrefused or bad, with its reason\n"
        ".TP\n2\nthe command line is wrong\n.TP\n3\na file, a service or a right is missing\n";
    page +=
        ".SH ENVIRONMENT\n.TP\nGREFFE_CONTROL_SOCKET\nthe daemon's control socket, when \\-\\-socket does "
        "not say\n"
        ".TP\nNO_COLOR\nno colours, when set\n";
    return page;
}

}  // namespace greffe
