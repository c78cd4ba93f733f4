// SPDX-License-Identifier: Apache-2.0
#include "control/control_room.h"

namespace greffe {

ControlRoom::ControlRoom(const Services& services)
    : desk_{services.house,
            services.store,
            services.journal,
            services.spool,
            services.ids,
            services.clock,
            services.spoolDirectory,
            services.idleLimit,
            {},
            {}} {}

Result<std::unique_ptr<ControlRoom>> ControlRoom::start(ControlServer::Options options,
                                                        const Services& services) {
    auto room = std::unique_ptr<ControlRoom>(new ControlRoom(services));
    ControlDesk& desk = room->desk_;
    GREFFE_TRY_ASSIGN(desk.reader, services.store.openReader());
    // Requests may come before the server is in hand; they are worked on once it is.
    auto isOpen = std::make_shared<std::atomic<bool>>(false);
    GREFFE_TRY_ASSIGN(
        room->server_, ControlServer::start(std::move(options), [&desk, isOpen](ControlCall call) {
            if (!*isOpen)
                return call.reply->finish(makeError(Errc::Busy, "the daemon is just starting", "try again"));
            runOperation(desk, std::move(call));
        }));
    desk.post = room->server_->poster();
    *isOpen = true;
    return room;
}

}  // namespace greffe
