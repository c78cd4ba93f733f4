// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/wire_settings.h"

#include "base/json.h"
#include "sys/files.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace greffe {
namespace {

constexpr std::uint64_t kMaxCaBytes = 4U << 20U;

struct UrlCleanup {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string partOf(CURLU* url, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
    std::string result(text);
    curl_free(text);
    return result;
}

std::string lowerCase(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

Status addEndpoint(WireSettings& settings, const std::string& option, const std::string& url) {
    auto endpoint = Endpoint::of(url);
    if (!endpoint) return makeError(Errc::Invalid, fmt::format("{}: {}", option, endpoint.error().message));
    if (endpoint->scheme == "http" && !settings.allowsHttp)
        return makeError(Errc::Denied,
                         fmt::format("{}: {} is not protected by TLS", option, endpoint->text()),
                         "use https, or set allow_http for a service on this machine or a private network");
    settings.endpoints.push_back(std::move(*endpoint));
    return {};
}

// The values of the plugin's options that its schema declares as addresses.
Status addPluginEndpoints(WireSettings& settings, const Json& options, const Json& schema) {
    for (const auto& [name, rule] : memberOf(schema, "properties").items()) {
        const Json& value = memberOf(options, name);
        if (value.is_string() && textOf(rule, "format") == "uri" &&
            !value.get_ref<const std::string&>().empty())
            GREFFE_TRY(addEndpoint(settings, name, value.get<std::string>()));
        if (!value.is_array() || textOf(memberOf(rule, "items"), "format") != "uri") continue;
        for (const Json& each : value)
            if (each.is_string()) GREFFE_TRY(addEndpoint(settings, name, each.get<std::string>()));
    }
    return {};
}

Result<std::uint32_t> millisecondsOf(const Json& options, const char* name, std::uint32_t fallbackMs) {
    const std::int64_t seconds = numberOf(options, name, fallbackMs / 1000);
    if (seconds < 1 || seconds > 3600)
        return makeError(Errc::Invalid, fmt::format("{}: 1 to 3600 seconds, not {}", name, seconds));
    return static_cast<std::uint32_t>(seconds * 1000);
}

}  // namespace

Result<Endpoint> Endpoint::of(const std::string& text) {
    const std::unique_ptr<CURLU, UrlCleanup> url(curl_url());
    if (!url) return makeError(Errc::Internal, "no memory for a URL");
    if (const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER);
        code != CURLUE_OK)
        return makeError(Errc::Invalid,
                         fmt::format("not a URL that can be used: {}", curl_url_strerror(code)));
    Endpoint endpoint;
    endpoint.scheme = lowerCase(partOf(url.get(), CURLUPART_SCHEME));
    endpoint.host = lowerCase(partOf(url.get(), CURLUPART_HOST));
    const std::string port = partOf(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (endpoint.scheme != "https" && endpoint.scheme != "http")
        return makeError(Errc::Invalid,
                         fmt::format("the scheme \"{}\" is neither https nor http", endpoint.scheme));
    if (endpoint.host.empty() ||
        std::from_chars(port.data(), port.data() + port.size(), endpoint.port).ec != std::errc() ||
        endpoint.port == 0)
        return makeError(Errc::Invalid, "a URL without a host or port");
    return endpoint;
}

std::string Endpoint::text() const {
    return fmt::format("{}://{}:{}", scheme, host, port);
}

Result<WireSettings> WireSettings::read(std::string_view hostOptionsJson, std::string_view optionsJson,
                                        std::string_view optionsSchema) {
    GREFFE_TRY_ASSIGN(const Json host, parseJson(hostOptionsJson));
    GREFFE_TRY_ASSIGN(const Json options, parseJson(optionsJson));
    GREFFE_TRY_ASSIGN(const Json schema, parseJson(optionsSchema));
    WireSettings settings;
    settings.allowsPrivateAddress = boolOf(host, "allow_private_address");
    settings.allowsHttp = boolOf(host, "allow_http");
    GREFFE_TRY(addPluginEndpoints(settings, options, schema));
    for (const Json& url : memberOf(host, "endpoints"))
        GREFFE_TRY(
            addEndpoint(settings, "endpoints", url.is_string() ? url.get<std::string>() : std::string()));
    if (const std::string path = textOf(host, "tls_ca_file"); !path.empty()) {
        GREFFE_TRY_ASSIGN(settings.caPem, readFile(path, kMaxCaBytes));
        if (settings.caPem.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
            return makeError(Errc::Invalid,
                             fmt::format("tls_ca_file: {} holds no certificate in PEM form", path));
    }
    settings.proxy = textOf(host, "proxy");
    if (!settings.proxy.empty() && !Endpoint::of(settings.proxy))
        return makeError(Errc::Invalid, "proxy: not an http:// or https:// URL");
    GREFFE_TRY_ASSIGN(settings.connectTimeoutMs,
                      millisecondsOf(host, "connect_timeout_seconds", settings.connectTimeoutMs));
    GREFFE_TRY_ASSIGN(settings.maxTimeoutMs,
                      millisecondsOf(host, "max_timeout_seconds", settings.maxTimeoutMs));
    const std::int64_t mebibytes = numberOf(host, "max_answer_mebibytes", 64);
    if (mebibytes < 1 || mebibytes > 512)
        return makeError(Errc::Invalid, fmt::format("max_answer_mebibytes: 1 to 512, not {}", mebibytes));
    settings.maxAnswerBytes = static_cast<std::uint64_t>(mebibytes) << 20U;
    return settings;
}

Status WireSettings::check(const Endpoint& endpoint) const {
    if (std::find(endpoints.begin(), endpoints.end(), endpoint) != endpoints.end()) return {};
    return makeError(
        Errc::Denied,
        fmt::format("a request to {}, which is none of the instance's endpoints", endpoint.text()),
        "add it to the instance's endpoints if it is meant");
}

}  // namespace greffe
