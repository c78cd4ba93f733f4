// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/http_wire.h"

#include "plugin_host/http_transfer.h"

#include <fmt/format.h>
#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

namespace greffe {
namespace {

// libcurl's memory is overwritten when it is given back: request buffers hold passwords.
void wipingFree(void* block) {
    if (block == nullptr) return;
    OPENSSL_cleanse(block, malloc_usable_size(block));
    std::free(block);
}

void* wipingRealloc(void* block, std::size_t size) {
    if (block == nullptr) return std::malloc(size);
    void* const moved = std::malloc(size);
    if (moved == nullptr) return nullptr;
    std::memcpy(moved, block, std::min(size, malloc_usable_size(block)));
    wipingFree(block);
    return moved;
}

Status startLibrary() {
    static const CURLcode code = curl_global_init_mem(CURL_GLOBAL_DEFAULT, std::malloc, wipingFree,
                                                      wipingRealloc, ::strdup, std::calloc);
    if (code == CURLE_OK) return {};
    return makeError(Errc::Internal, fmt::format("libcurl does not start: {}", curl_easy_strerror(code)));
}

}  // namespace

HttpResponse WireAnswer::view() const {
    HttpResponse response;
    response.fault = fault;
    response.status = status;
    response.headers = Slice(headers);
    response.body = Slice(body);
    response.faultText = Slice(faultText);
    return response;
}

struct HttpWire::State {
    State(WireSettings wireSettings, const SecretVault& vault)
        : settings(std::move(wireSettings)), secrets(vault), multi(curl_multi_init()) {}
    ~State() {
        for (const auto& [handle, transfer] : transfers)
            curl_multi_remove_handle(multi, handle);
        transfers.clear();
        curl_multi_cleanup(multi);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    Status add(std::unique_ptr<HttpTransfer> transfer) {
        CURL* const handle = transfer->handle();
        if (const CURLMcode code = curl_multi_add_handle(multi, handle); code != CURLM_OK)
            return makeError(Errc::Internal,
                             fmt::format("a request cannot be started: {}", curl_multi_strerror(code)));
        transfers.emplace(handle, std::move(transfer));
        return {};
    }

    void finish(CURL* handle, CURLcode code, std::string_view why = {}) {
        const auto found = transfers.find(handle);
        if (found == transfers.end()) return;
        const std::unique_ptr<HttpTransfer> transfer = std::move(found->second);
        transfers.erase(found);
        WireAnswer answer = transfer->finish(code, why);
        curl_multi_remove_handle(multi, handle);
        // Last: the receiver may start the next request.
        transfer->done(std::move(answer));
    }

    WireSettings settings;
    const SecretVault& secrets;
    CURLM* multi;
    std::map<CURL*, std::unique_ptr<HttpTransfer>> transfers;
};

HttpWire::HttpWire(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpWire::~HttpWire() = default;

Result<std::unique_ptr<HttpWire>> HttpWire::open(WireSettings settings, const SecretVault& secrets) {
    GREFFE_TRY(startLibrary());
    auto state = std::make_unique<State>(std::move(settings), secrets);
    if (state->multi == nullptr) return makeError(Errc::Internal, "no memory for the HTTP client");
    return std::unique_ptr<HttpWire>(new HttpWire(std::move(state)));
}

Status HttpWire::start(HttpRequestData request, Done done) {
    GREFFE_TRY_ASSIGN(
        std::unique_ptr<HttpTransfer> transfer,
        HttpTransfer::prepare(state_->settings, state_->secrets, std::move(request), std::move(done)));
    return state_->add(std::move(transfer));
}

Status HttpWire::startProbe(const Endpoint& endpoint, Done done) {
    HttpRequestData nothing;
    nothing.method = "GET";
    nothing.url = endpoint.text() + "/";
    GREFFE_TRY_ASSIGN(
        std::unique_ptr<HttpTransfer> transfer,
        HttpTransfer::prepare(state_->settings, state_->secrets, std::move(nothing), std::move(done)));
    transfer->connectOnly();
    return state_->add(std::move(transfer));
}

void HttpWire::poll(std::chrono::milliseconds wait) {
    int running = 0;
    curl_multi_perform(state_->multi, &running);
    if (running > 0) {
        curl_multi_poll(state_->multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
        curl_multi_perform(state_->multi, &running);
    }
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(state_->multi, &left)) {
        // Copied: removing the handle frees the message.
        CURL* const handle = message->easy_handle;
        const CURLcode code = message->data.result;
        if (message->msg == CURLMSG_DONE) state_->finish(handle, code);
    }
}

void HttpWire::interrupt(std::string_view why) {
    std::vector<CURL*> handles;
    for (const auto& [handle, transfer] : state_->transfers)
        handles.push_back(handle);
    for (CURL* const handle : handles)
        state_->finish(handle, CURLE_ABORTED_BY_CALLBACK, why);
}

std::size_t HttpWire::inFlight() const {
    return state_->transfers.size();
}

const WireSettings& HttpWire::settings() const {
    return state_->settings;
}

}  // namespace greffe
