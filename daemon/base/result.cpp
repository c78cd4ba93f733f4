// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace greffe {

Error systemError(std::string where, int errnoValue, std::string advice) {
    Errc code = Errc::Io;
    switch (errnoValue) {
        case ENOENT:
        case ENOTDIR:
        case ESRCH: code = Errc::NotFound; break;
        case EEXIST:
        case ENOTEMPTY: code = Errc::Exists; break;
        case EACCES:
        case EPERM:
        case EROFS: code = Errc::Denied; break;
        case ENOSPC:
        case EDQUOT: code = Errc::NoSpace; break;
        case EAGAIN:
        case EBUSY:
        case EMFILE:
        case ENFILE: code = Errc::Busy; break;
        case ETIMEDOUT: code = Errc::Timeout; break;
        case EPIPE:
        case ECONNRESET:
        case ECONNREFUSED: code = Errc::Closed; break;
        case EFBIG:  // no room that anybody makes will help
        case EINVAL:
        case ENAMETOOLONG:
        case ELOOP: code = Errc::Invalid; break;
        case ENOSYS:
        case EOPNOTSUPP:
        case EXDEV: code = Errc::Unsupported; break;
        default: break;
    }
    return makeError(code, std::move(where) + ": " + std::generic_category().message(errnoValue),
                     std::move(advice));
}

}  // namespace greffe
