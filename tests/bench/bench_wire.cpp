// SPDX-License-Identifier: Apache-2.0
// What a request over the wire costs on loopback: one connection each, as the wire insists, plain and TLS,
// one at a time and sixteen in flight. Its figures stand in daemon/plugin_host/README.md.
#include "loader/host_services/secret_vault.h"
#include "plugin_host/http_wire.h"
#include "support/temporary_directory.h"
#include "support/test_server.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>

namespace greffe {
namespace {

constexpr int kRequests = 400;

void measure(const char* what, const std::string& url, const std::string& more, int inFlight) {
    const SecretVault vault;
    auto settings = WireSettings::read(
        fmt::format(R"({{"allow_private_address":true,"allow_http":true,"endpoints":["{}"]{}}})", url, more),
        "{}", "{}");
    auto wire = HttpWire::open(std::move(settings).value(), vault).value();
    int started = 0, good = 0, ended = 0;
    HttpRequestData request;
    request.method = "POST";
    request.url = url;
    request.contentType = "application/json";
    request.body = std::string(500, 'x');
    std::function<void()> next = [&] {
        if (started == kRequests) return;
        ++started;
        static_cast<void>(wire->start(request, [&](WireAnswer answer) {
            ++ended;
            if (answer.fault == HttpFault::None) ++good;
            next();
        }));
    };
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < inFlight; ++i)
        next();
    while (ended < kRequests)
        wire->poll(std::chrono::milliseconds(100));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%-44s %7.0f requests/s  (%d of %d answered)\n", what, kRequests / seconds, good, kRequests);
}

}  // namespace
}  // namespace greffe

int main() {
    using namespace greffe;
    TestPki pki;
    const TestTlsContext tls = serverTls(pki.server("localhost"));
    const auto answer = [](TestConnection& client) {
        client.readHttpRequest();
        client.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    };
    TestServer plain(answer);
    TestServer secure(answer, tls.get());
    const TemporaryDirectory directory;
    const std::string caFile = directory.path() + "/ca.pem";
    std::ofstream(caFile) << pki.rootPem();
    const std::string roots = fmt::format(R"(,"tls_ca_file":"{}")", caFile);
    measure("http, one at a time", plain.url("http"), "", 1);
    measure("http, sixteen in flight", plain.url("http"), "", 16);
    measure("https, one at a time", secure.url("https"), roots, 1);
    measure("https, sixteen in flight", secure.url("https"), roots, 16);
    measure("https refused, system roots (kept parsed)", secure.url("https"), "", 1);
}
