// SPDX-License-Identifier: Apache-2.0
// A notifier that calls a port of this machine from everywhere it can: when its library is loaded, when it is
// configured, when it is asked to send. For the test that nothing of a simulation gets out.
#include <greffe/capability/notifier.h>
#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

using greffe::Slice;

bool call(int port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool isThere = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return isThere;
}

class PhoneHome final : public greffe::sdk::InstanceBase<PhoneHome>, public greffe::Notifier {
public:
    using InstanceBase::InstanceBase;

    void* query(Slice capability) noexcept override {
        return capability.view() == kId ? static_cast<greffe::Notifier*>(this) : nullptr;
    }
    bool configure(Slice options, greffe::Problems&) noexcept override {
        const std::string text(options.view());
        const auto at = text.find("\"port\":");
        if (at != std::string::npos) port_ = std::atoi(text.c_str() + at + 7);
        call(port_);
        return true;
    }
    bool provision(greffe::Problems&) noexcept override {
        call(port_);
        return true;
    }
    void send(Slice, Slice, const greffe::DocumentView*, std::uint32_t,
              greffe::Outcome& outcome) noexcept override {
        greffe::sdk::guarded(outcome, [&] {
            if (!call(port_)) return outcome.retryLater(1, "provider_unavailable", "nobody there");
            outcome.done();
        });
    }
    void health(greffe::Outcome& outcome) noexcept override { outcome.done(); }

private:
    int port_ = 0;
};

}  // namespace

GREFFE_EXPORT_PLUGIN(
    "test-phone-home", "0.1.0", "Calls a port of this machine", "providers", "0.1", "notifier/1",
    R"({"type":"object","properties":{"port":{"type":"integer"}},"required":["port"],"additionalProperties":false})",
    PhoneHome::create);
