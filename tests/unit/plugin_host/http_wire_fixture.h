// SPDX-License-Identifier: Apache-2.0
// A wire to a server of the test.
#pragma once

#include "loader/host_services/secret_vault.h"
#include "plugin_host/http_wire.h"
#include "support/temporary_directory.h"
#include "support/test_server.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace greffe {

inline constexpr const char* kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

// A wire to a server of this test.
class Wire {
public:
    explicit Wire(const std::vector<std::string>& endpoints, const std::string& more = {}) {
        std::string list;
        for (const std::string& each : endpoints)
            list += (list.empty() ? "\"" : ",\"") + each + "\"";
        const std::string host = fmt::format(
            R"({{"allow_private_address":true,"allow_http":true,"endpoints":[{}]{}}})", list, more);
        auto settings = WireSettings::read(host, "{}", "{}");
        if (!settings) throw std::runtime_error(settings.error().text());
        wire_ = HttpWire::open(std::move(*settings), vault_).value();
    }

    WireAnswer ask(HttpRequestData request) {
        WireAnswer answer;
        bool isAnswered = false;
        const Status started = wire_->start(std::move(request), [&](WireAnswer got) {
            answer = std::move(got);
            isAnswered = true;
        });
        if (!started) throw std::runtime_error(started.error().text());
        while (!isAnswered)
            wire_->poll(std::chrono::milliseconds(100));
        return answer;
    }
    WireAnswer get(const std::string& url) { return ask(request("GET", url)); }

    static HttpRequestData request(const std::string& method, const std::string& url) {
        HttpRequestData data;
        data.method = method;
        data.url = url;
        data.timeoutMs = 10'000;
        return data;
    }

    SecretVault& vault() { return vault_; }
    HttpWire& operator*() { return *wire_; }
    HttpWire* operator->() { return wire_.get(); }

private:
    SecretVault vault_;
    std::unique_ptr<HttpWire> wire_;
};

inline std::string caFile(const TemporaryDirectory& directory, const TestPki& pki) {
    const std::string path = directory.path() + "/ca.pem";
    std::ofstream(path) << pki.rootPem();
    return fmt::format(R"(,"tls_ca_file":"{}")", path);
}

}  // namespace greffe
