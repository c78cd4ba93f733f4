// SPDX-License-Identifier: Apache-2.0
#include "simulators/smtp/mail_sender.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <cstring>
#include <memory>

namespace greffe::simulators {
namespace {

std::size_t giveBytes(char* place, std::size_t size, std::size_t count, void* rest) {
    auto& left = *static_cast<std::string_view*>(rest);
    const std::size_t given = std::min(left.size(), size * count);
    std::memcpy(place, left.data(), given);
    left.remove_prefix(given);
    return given;
}

}  // namespace

Json sendToLoopback(std::uint16_t port, const std::string& from, const std::string& to,
                    const std::string& message) {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> recipients(
        curl_slist_append(nullptr, to.c_str()), curl_slist_free_all);
    const std::string url = fmt::format("smtp://127.0.0.1:{}/simulator.test", port);
    std::string_view rest = message;
    char why[CURL_ERROR_SIZE] = {};
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 10L);
    // Without a sender libcurl writes "<>".
    if (!from.empty()) curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, giveBytes);
    curl_easy_setopt(curl.get(), CURLOPT_READDATA, &rest);
    curl_easy_setopt(curl.get(), CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.size()));
    curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, why);
    const CURLcode code = curl_easy_perform(curl.get());
    long reply = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply);
    const std::string error = *why != '\0' ? why : curl_easy_strerror(code);
    return {{"code", reply}, {"error", code == CURLE_OK ? "" : error}};
}

}  // namespace greffe::simulators
