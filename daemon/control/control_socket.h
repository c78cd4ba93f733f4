// SPDX-License-Identifier: Apache-2.0
// The control socket itself: a Unix stream socket with a path, who is on its other end, and bytes with
// descriptors beside them.
#pragma once

#include "base/result.h"
#include "sys/unique_fd.h"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// The listening end, mode 0660: whoever may open the file may operate Greffe.
//
// Made beside its path and moved there, so that nobody meets a socket that is half set up or too open. A
// socket that a crash left behind is replaced; one that answers is another daemon's: Errc::Exists. The
// destructor removes the path only while it is still this socket.
class ControlListener {
public:
    static Result<ControlListener> open(const std::string& path);
    ControlListener(ControlListener&& other) noexcept;
    ControlListener& operator=(ControlListener&&) = delete;
    ControlListener(const ControlListener&) = delete;
    ControlListener& operator=(const ControlListener&) = delete;
    ~ControlListener();

    int fd() const { return fd_.get(); }
    // A non-blocking client. Errc::Busy when nobody is waiting, Errc::NoSpace when this process has no
    // descriptor left.
    Result<UniqueFd> accept() const;

private:
    ControlListener() = default;

    std::string path_;
    UniqueFd fd_;
    std::uint64_t inode_ = 0;
};

// A blocking connection. Errc::NotFound, with advice, when no daemon listens there.
Result<UniqueFd> connectControl(const std::string& path);

// Who is on the other end, as the kernel says.
struct Peer {
    uid_t uid = 0;
    pid_t pid = 0;
    std::string user;  // name, or the number in letters for a user without one
};
Result<Peer> peerOf(int fd);

struct ReceivedBytes {
    std::size_t count = 0;  // 0: the other side is done
    std::vector<UniqueFd> descriptors;
};
// Appends what is there, up to `most` bytes. Errc::Busy when nothing is there on a non-blocking socket,
// Errc::Invalid when more descriptors came than are ever used.
Result<ReceivedBytes> receiveBytes(int fd, std::string& into, std::size_t most);
// What could be sent now; `descriptors` go with the first byte. Errc::Busy when that is nothing.
Result<std::size_t> sendBytes(int fd, std::string_view bytes, const std::vector<int>& descriptors = {});

}  // namespace greffe
