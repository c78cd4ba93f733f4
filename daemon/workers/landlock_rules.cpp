// SPDX-License-Identifier: Apache-2.0
#include "workers/landlock_rules.h"

#include "sys/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace greffe {
namespace {

// Rights of ABI 1 to 5 (Debian 12's header stops at 2; the kernel says what it knows).
constexpr std::uint64_t kAllFileRightsAbi1 = (1ULL << 13U) - 1;
constexpr std::uint64_t kRightRefer = 1ULL << 13U;
constexpr std::uint64_t kRightTruncate = 1ULL << 14U;
constexpr std::uint64_t kRightIoctlDevice = 1ULL << 15U;
constexpr std::uint64_t kNetworkRights = 3;  // ABI 4: bind and connect TCP
constexpr std::uint64_t kScopes = 3;         // ABI 6: abstract sockets and signals

struct LandlockRuleset {
    std::uint64_t filesHandled;
    std::uint64_t networkHandled;
    std::uint64_t scoped;
};

Status allowPath(int ruleset, const AllowedPath& allowed) {
    const UniqueFd place(open(allowed.path.c_str(), O_PATH | O_CLOEXEC));
    if (!place) return {};
    struct stat facts {};
    const bool isDirectory = fstat(place.get(), &facts) == 0 && S_ISDIR(facts.st_mode);
    landlock_path_beneath_attr rule{};
    rule.parent_fd = place.get();
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    if (isDirectory) rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
    if (allowed.mayExecute) rule.allowed_access |= LANDLOCK_ACCESS_FS_EXECUTE;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U) != 0)
        return systemError(fmt::format("landlock: cannot allow {}", allowed.path), errno);
    return {};
}

}  // namespace

Result<int> restrictToPaths(const std::vector<AllowedPath>& readable, TcpAccess tcp) {
    const long abi =
        syscall(SYS_landlock_create_ruleset, nullptr, 0, 1U /* LANDLOCK_CREATE_RULESET_VERSION */);
    if (abi <= 0) return 0;
    LandlockRuleset rules{kAllFileRightsAbi1, 0, 0};
    if (abi >= 2) rules.filesHandled |= kRightRefer;
    if (abi >= 3) rules.filesHandled |= kRightTruncate;
    if (abi >= 5) rules.filesHandled |= kRightIoctlDevice;
    if (abi >= 4 && tcp == TcpAccess::Closed) rules.networkHandled = kNetworkRights;
    if (abi >= 6) rules.scoped = kScopes;
    const std::size_t size = abi >= 6   ? sizeof rules
                             : abi >= 4 ? sizeof(std::uint64_t) * 2
                                        : sizeof(std::uint64_t);
    const long ruleset = syscall(SYS_landlock_create_ruleset, &rules, size, 0U);
    if (ruleset < 0) return systemError("landlock: no ruleset", errno);
    const UniqueFd closer(static_cast<int>(ruleset));
    for (const AllowedPath& path : readable)
        GREFFE_TRY(allowPath(closer.get(), path));
    if (syscall(SYS_landlock_restrict_self, closer.get(), 0U) != 0)
        return systemError("landlock: cannot restrict", errno);
    return static_cast<int>(abi);
}

}  // namespace greffe
