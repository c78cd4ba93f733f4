// SPDX-License-Identifier: Apache-2.0
#include "simulators/smtp/smtp_syntax.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>

namespace greffe::simulators {

std::string upper(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string fromBase64(const std::string& text) {
    if (text.empty() || text.size() % 4 != 0) return {};
    std::string decoded(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return {};
    const auto padding = static_cast<std::size_t>(std::count(text.end() - 2, text.end(), '='));
    decoded.resize(static_cast<std::size_t>(size) - padding);
    return decoded;
}

std::optional<SmtpPath> parsePath(std::string_view arguments, std::string_view keyword) {
    if (upper(std::string(arguments.substr(0, keyword.size()))) != keyword) return std::nullopt;
    arguments.remove_prefix(keyword.size());
    while (!arguments.empty() && arguments.front() == ' ')
        arguments.remove_prefix(1);
    const std::size_t end = arguments.find('>');
    if (arguments.empty() || arguments.front() != '<' || end == std::string_view::npos) return std::nullopt;
    SmtpPath path;
    path.address = arguments.substr(1, end - 1);
    arguments.remove_prefix(end + 1);
    while (!arguments.empty()) {
        if (arguments.front() != ' ') return std::nullopt;
        arguments.remove_prefix(1);
        const std::string_view parameter = arguments.substr(0, arguments.find(' '));
        const std::size_t equals = std::min(parameter.find('='), parameter.size());
        if (!parameter.empty())
            path.parameters.push_back(
                {upper(std::string(parameter.substr(0, equals))),
                 std::string(parameter.substr(std::min(equals + 1, parameter.size())))});
        arguments.remove_prefix(parameter.size());
    }
    return path;
}

}  // namespace greffe::simulators
