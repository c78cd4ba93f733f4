// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/http_transfer.h"

#include "loader/host_services/secret_vault.h"
#include "plugin_host/address_policy.h"

#include <greffe/version.h>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace greffe {
namespace {

// Slower than this for that long is a connection that somebody keeps open on purpose. Shorter total timeouts
// come first.
constexpr long kLowSpeedBytesPerSecond = 64;
constexpr long kLowSpeedSeconds = 60;

constexpr const char* kSystemRoots = "/etc/ssl/certs/ca-certificates.crt";

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    while (!text.empty() && kBlanks.find(text.front()) != std::string_view::npos)
        text.remove_prefix(1);
    while (!text.empty() && kBlanks.find(text.back()) != std::string_view::npos)
        text.remove_suffix(1);
    return text;
}

std::string lowerCase(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

void cleanse(std::string& text) {
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

}  // namespace

Result<std::unique_ptr<HttpTransfer>> HttpTransfer::prepare(const WireSettings& settings,
                                                            const SecretVault& secrets,
                                                            HttpRequestData request, HttpWire::Done done) {
    GREFFE_TRY_ASSIGN(const Endpoint endpoint, Endpoint::of(request.url));
    GREFFE_TRY(settings.check(endpoint));
    std::unique_ptr<HttpTransfer> transfer(new HttpTransfer(settings, std::move(request)));
    transfer->done = std::move(done);
    transfer->easy_.reset(curl_easy_init());
    if (!transfer->easy_) return makeError(Errc::Internal, "no memory for a request");
    GREFFE_TRY(transfer->fill(secrets));
    transfer->setSecurity(endpoint);
    transfer->setRequest();
    return transfer;
}

HttpTransfer::~HttpTransfer() {
    wipe();
}

void HttpTransfer::wipe() {
    for (curl_slist* line = headerList_; line != nullptr; line = line->next)
        OPENSSL_cleanse(line->data, std::strlen(line->data));
    curl_slist_free_all(std::exchange(headerList_, nullptr));
    cleanse(request_.body);
}

Status HttpTransfer::addHeader(std::string_view name, std::string_view value) {
    // "Name;" is how libcurl is told of a header without a value.
    std::string line(name);
    line.append(value.empty() ? ";" : ": ").append(value);
    curl_slist* const longer = curl_slist_append(headerList_, line.c_str());
    cleanse(line);
    if (longer == nullptr) return makeError(Errc::Internal, "no memory for a request's headers");
    headerList_ = longer;
    return {};
}

Status HttpTransfer::fill(const SecretVault& secrets) {
    // Without these two lines libcurl would wait for permission before it sends a large body, and call a body
    // a form.
    headerList_ = curl_slist_append(headerList_, "Expect:");
    if (request_.contentType.empty()) {
        headerList_ = curl_slist_append(headerList_, "Content-Type:");
    } else {
        GREFFE_TRY(addHeader("Content-Type", request_.contentType));
    }
    for (const auto& [name, value] : request_.headers) {
        GREFFE_TRY_ASSIGN(std::string filled, secrets.fillHeader(value));
        const Status added = addHeader(name, filled);
        cleanse(filled);
        GREFFE_TRY(added);
    }
    if (request_.body.find("{{secret:") != std::string::npos) {
        GREFFE_TRY_ASSIGN(std::string filled, secrets.fill(request_.body));
        std::swap(request_.body, filled);
        cleanse(filled);
    }
    return {};
}

void HttpTransfer::setSecurity(const Endpoint& endpoint) {
    CURL* const easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, endpoint.scheme.c_str());
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    // An empty proxy also keeps libcurl from asking the environment for one.
    curl_easy_setopt(easy, CURLOPT_PROXY, settings_.proxy.c_str());
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    if (!settings_.proxy.empty()) curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    // Without a directory of roots libcurl keeps the parsed file: reading the system's again costs more than
    // the rest of a handshake.
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    if (settings_.caPem.empty()) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, kSystemRoots);
    } else {
        curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
        curl_blob roots{};
        roots.data = const_cast<char*>(settings_.caPem.data());
        roots.len = settings_.caPem.size();
        roots.flags = CURL_BLOB_NOCOPY;
        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &roots);
    }
    // A connection of its own: see http_wire.h.
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &HttpTransfer::openSocket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &HttpTransfer::connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
}

void HttpTransfer::setRequest() {
    CURL* const easy = easy_.get();
    const auto timeoutMs = std::min(request_.timeoutMs, settings_.maxTimeoutMs);
    maxAnswerBytes_ = std::min(request_.maxAnswerBytes, settings_.maxAnswerBytes);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, errorText_);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "greffe/" GREFFE_VERSION);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeoutMs));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::min(timeoutMs, settings_.connectTimeoutMs)));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, kLowSpeedBytesPerSecond);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, kLowSpeedSeconds);
    if (request_.method == "HEAD") {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (!request_.body.empty() || request_.method == "POST" || request_.method == "PUT") {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headerList_);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HttpTransfer::takeHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpTransfer::takeBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
}

void HttpTransfer::connectOnly() {
    curl_easy_setopt(easy_.get(), CURLOPT_CONNECT_ONLY, 1L);
    isProbe_ = true;
}

curl_socket_t HttpTransfer::openSocket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    IpAddress ip;
    // Through a proxy, the proxy's is the only address that we see; whoever configured it, chose it.
    if (transfer.settings_.proxy.empty()) {
        const bool isIp = IpAddress::from(&address->addr, ip);
        const char* refusal =
            isIp ? refusalOf(ip, transfer.settings_.allowsPrivateAddress) : "not an IP address";
        const bool isPlain = transfer.request_.url.compare(0, 6, "https:") != 0;
        if (refusal == nullptr && isPlain && kindOf(ip) == AddressKind::Public)
            refusal = "a public address, and http without TLS is for private ones";
        if (refusal != nullptr) {
            transfer.addressRefusal_ = fmt::format("{} is {}", ip.text(), refusal);
            return CURL_SOCKET_BAD;
        }
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Called when the connection stands, TLS included, and nothing of the request has left.
int HttpTransfer::connected(void* self, char*, char*, int, int) {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    transfer.wasConnected_ = true;
    curl_easy_getinfo(transfer.easy_.get(), CURLINFO_REQUEST_SIZE, &transfer.bytesBeforeRequest_);
    return CURL_PREREQFUNC_OK;
}

std::size_t HttpTransfer::takeHeader(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    const std::size_t total = size * count;
    transfer.headerBytes_ += total;
    if (transfer.headerBytes_ > HttpWire::kMaxHeaderBytes) {
        transfer.isTooLarge_ = true;
        return 0;
    }
    transfer.addHeaderLine({bytes, total});
    return total;
}

void HttpTransfer::addHeaderLine(std::string_view line) {
    // A proxy's answer and every interim one (100, 103) come before the real one.
    if (line.substr(0, 5) == "HTTP/") {
        answer_.headers.clear();
        hasLength_ = isChunked_ = areHeadersWhole_ = false;
        return;
    }
    if (trimmed(line).empty()) {
        areHeadersWhole_ = true;
        return;
    }
    const std::size_t colon = line.find(':');
    if (areHeadersWhole_ || colon == std::string_view::npos) return;  // a trailer, or not a header
    const std::string name = lowerCase(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "content-length") hasLength_ = true;
    if (name == "transfer-encoding") isChunked_ = lowerCase(value).find("chunked") != std::string::npos;
    answer_.headers.append(name).append(": ").append(value).append("\n");
}

std::size_t HttpTransfer::takeBody(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<HttpTransfer*>(self);
    const std::size_t total = size * count;
    if (total > transfer.maxAnswerBytes_ - transfer.answer_.body.size()) {
        transfer.isTooLarge_ = true;
        return 0;
    }
    transfer.answer_.body.append(bytes, total);
    return total;
}

// Whether the end was marked by the server, and not just by the end of the connection, which anybody can
// bring about.
bool HttpTransfer::isAnswerWhole() const {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || !areHeadersWhole_) return false;
    return hasLength_ || isChunked_ || request_.method == "HEAD" || status == 204 || status == 304;
}

HttpFault HttpTransfer::faultOf(CURLcode code) const {
    if (isProbe_) return code == CURLE_OK ? HttpFault::None : HttpFault::NotSent;
    if (code == CURLE_OK && isAnswerWhole()) return HttpFault::None;
    if (isTooLarge_) return HttpFault::AnswerTooLarge;
    long bytes = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &bytes);
    return wasConnected_ && bytes > bytesBeforeRequest_ ? HttpFault::Unknown : HttpFault::NotSent;
}

WireAnswer HttpTransfer::finish(CURLcode code, std::string_view why) {
    answer_.fault = faultOf(code);
    if (answer_.fault == HttpFault::None) {
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        answer_.status = static_cast<std::uint32_t>(status);
    } else {
        answer_.faultText = !why.empty()               ? std::string(why)
                            : !addressRefusal_.empty() ? addressRefusal_
                            : isTooLarge_              ? fmt::format("more than {} bytes", maxAnswerBytes_)
                            : code == CURLE_OK         ? "the answer's end is not marked: it may be cut"
                            : errorText_[0] != '\0'    ? std::string(errorText_)
                                                       : std::string(curl_easy_strerror(code));
        answer_.headers.clear();
        answer_.body.clear();
    }
    curl_off_t elapsedUs = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_TOTAL_TIME_T, &elapsedUs);
    answer_.elapsedMs = static_cast<std::uint32_t>(elapsedUs / 1000);
    wipe();
    return std::move(answer_);
}

}  // namespace greffe
