// SPDX-License-Identifier: Apache-2.0
// The Host that a plugin gets: a table of services. What is not in the table does not exist for the plugin,
// so a pool decides what its plugins can do by what it offers.
//
// Fill it before the first plugin is created; not thread-safe.
#pragma once

#include <greffe/host.h>

#include <string_view>
#include <utility>
#include <vector>

namespace greffe {

class HostBase final : public Host {
public:
    HostBase() = default;
    HostBase(const HostBase&) = delete;
    HostBase& operator=(const HostBase&) = delete;

    // `service` must outlive the host. Offering an id again replaces it.
    template <class Service>
    void offer(Service& service) {
        offerAs(Service::kId, &service);
    }

    void* query(Slice serviceId) noexcept override {
        for (const auto& [id, service] : services_)
            if (id == serviceId.view()) return service;
        return nullptr;
    }

private:
    void offerAs(std::string_view id, void* service) {
        for (auto& entry : services_)
            if (entry.first == id) {
                entry.second = service;
                return;
            }
        services_.emplace_back(id, service);
    }

    std::vector<std::pair<std::string_view, void*>> services_;
};

}  // namespace greffe
