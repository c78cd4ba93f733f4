// SPDX-License-Identifier: Apache-2.0
#include "unit/simulators/api_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>

namespace greffe {
namespace {

std::size_t appendBody(char* bytes, std::size_t size, std::size_t count, void* answer) {
    static_cast<ApiAnswer*>(answer)->body.append(bytes, size * count);
    return size * count;
}

std::size_t keepHeader(char* bytes, std::size_t size, std::size_t count, void* answer) {
    const std::string line(bytes, size * count);
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos) {
        std::string name = line.substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const std::size_t from = std::min(line.find_first_not_of(' ', colon + 1), line.size());
        static_cast<ApiAnswer*>(answer)->headers[name] =
            line.substr(from, line.find_last_not_of("\r\n") + 1 - from);
    }
    return size * count;
}

}  // namespace

Json ApiAnswer::json() const {
    auto parsed = parseJson(body);
    return parsed ? std::move(*parsed) : Json();
}

ApiAnswer ApiClient::call(const std::string& method, const std::string& path, const Json& body) const {
    if (body.is_null()) return perform(method, path, nullptr, nullptr, nullptr);
    return send(method, path, "application/json", dumpJson(body));
}

ApiAnswer ApiClient::send(const std::string& method, const std::string& path, const std::string& contentType,
                          const std::string& body) const {
    return perform(method, path, &contentType, &body, nullptr);
}

ApiAnswer ApiClient::upload(const std::string& path, const std::vector<ApiPart>& parts) const {
    return perform("POST", path, nullptr, nullptr, &parts);
}

ApiAnswer ApiClient::perform(const std::string& method, const std::string& path,
                             const std::string* contentType, const std::string* body,
                             const std::vector<ApiPart>* parts) const {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(nullptr, curl_slist_free_all);
    const auto addLine = [&](const std::string& line) {
        headers.reset(curl_slist_append(headers.release(), line.c_str()));
    };
    if (!bearer_.empty()) addLine("Authorization: Bearer " + bearer_);
    for (const std::string& each : headers_)
        addLine(each);
    if (contentType != nullptr) addLine("Content-Type: " + *contentType);
    const std::string url = url_ + path;
    ApiAnswer answer;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, appendBody);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, keepHeader);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer);
    if (!rootFile_.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, rootFile_.c_str());
    if (body != nullptr || (parts == nullptr && method == "POST")) {
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE,
                         body != nullptr ? static_cast<long>(body->size()) : 0L);
        curl_easy_setopt(curl.get(), CURLOPT_COPYPOSTFIELDS, body != nullptr ? body->c_str() : "");
    }
    std::unique_ptr<curl_mime, void (*)(curl_mime*)> form(nullptr, curl_mime_free);
    if (parts != nullptr) {
        form.reset(curl_mime_init(curl.get()));
        for (const ApiPart& each : *parts) {
            curl_mimepart* part = curl_mime_addpart(form.get());
            curl_mime_name(part, each.name.c_str());
            curl_mime_data(part, each.bytes.data(), each.bytes.size());
            if (!each.fileName.empty()) curl_mime_filename(part, each.fileName.c_str());
            if (!each.contentType.empty()) curl_mime_type(part, each.contentType.c_str());
        }
        curl_easy_setopt(curl.get(), CURLOPT_MIMEPOST, form.get());
    }
    answer.curl = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
}

}  // namespace greffe
