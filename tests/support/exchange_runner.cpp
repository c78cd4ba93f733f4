// SPDX-License-Identifier: Apache-2.0
#include "support/exchange_runner.h"

#include <curl/curl.h>

#include <cctype>
#include <memory>

namespace greffe {
namespace {

constexpr int kMaxRequests = 20;

struct Answer {
    HttpResponse response;
    std::string headers;
    std::string body;
    std::string faultText;
    std::uint64_t maxBytes = 0;
    bool isTooLarge = false;
};

std::size_t takeBody(char* bytes, std::size_t size, std::size_t count, void* to) {
    auto& answer = *static_cast<Answer*>(to);
    if (answer.body.size() + size * count > answer.maxBytes) {
        answer.isTooLarge = true;
        return 0;
    }
    answer.body.append(bytes, size * count);
    return size * count;
}

std::size_t takeHeader(char* bytes, std::size_t size, std::size_t count, void* to) {
    auto& answer = *static_cast<Answer*>(to);
    std::string line(bytes, size * count);
    const std::size_t colon = line.find(':');
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
        line.pop_back();
    for (std::size_t i = 0; i < colon && i < line.size(); ++i)
        line[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(line[i])));
    if (colon < line.size()) answer.headers += line + "\n";
    return size * count;
}

HttpFault faultOf(CURLcode code, const Answer& answer) {
    if (code == CURLE_OK) return HttpFault::None;
    if (answer.isTooLarge || code == CURLE_FILESIZE_EXCEEDED) return HttpFault::AnswerTooLarge;
    return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ? HttpFault::NotSent
                                                                               : HttpFault::Unknown;
}

void perform(const HttpRequestData& request, const FakeHost& host, Answer& answer) {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    curl_slist* list = nullptr;
    for (const auto& [name, value] : request.headers)
        list = curl_slist_append(list, (name + ": " + host.onTheWire(value)).c_str());
    list = curl_slist_append(list, ("content-type: " + request.contentType).c_str());
    list = curl_slist_append(list, "expect:");
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(list, curl_slist_free_all);
    answer.maxBytes = request.maxAnswerBytes;
    curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeoutMs));
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, takeHeader);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, takeBody);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
    if (request.method != "GET") {
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body.data());
    }
    const CURLcode code = curl_easy_perform(curl.get());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    answer.response.fault = faultOf(code, answer);
    answer.faultText = code == CURLE_OK ? "" : curl_easy_strerror(code);
    answer.response.status = code == CURLE_OK ? static_cast<std::uint32_t>(status) : 0;
    answer.response.headers = std::string_view(answer.headers);
    answer.response.body = code == CURLE_OK ? std::string_view(answer.body) : std::string_view();
    answer.response.faultText = std::string_view(answer.faultText);
}

}  // namespace

ExchangeRecord runExchange(HttpExchange* exchange, const FakeHost& host, Outcome& outcome) {
    ExchangeRecord record;
    std::unique_ptr<Answer> answer;
    for (int i = 0; i < kMaxRequests; ++i) {
        RecordedHttpRequest request;
        const ExchangeStep step = exchange->next(answer ? &answer->response : nullptr, request, outcome);
        if (step == ExchangeStep::Finished) break;
        if (!request.contractBreak().empty()) record.contractBreak = request.contractBreak();
        record.requests.push_back(request.data());
        answer = std::make_unique<Answer>();
        perform(request.data(), host, *answer);
        record.answers.push_back(answer->body);
    }
    exchange->release();
    return record;
}

}  // namespace greffe
