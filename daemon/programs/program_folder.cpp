// SPDX-License-Identifier: Apache-2.0
#include "programs/program_folder.h"

#include "sys/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace greffe {
namespace {

constexpr std::string_view kPrefix = "greffe-run-";

bool isAbandoned(const std::string& path, std::chrono::seconds olderThan) {
    struct stat facts {};
    if (lstat(path.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode) || facts.st_uid != geteuid() ||
        facts.st_ctime > time(nullptr) - olderThan.count())
        return false;
    const UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    return directory && flock(directory.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

Result<ProgramFolder> ProgramFolder::make(const std::string& base) {
    std::string path = base + "/" + std::string(kPrefix) + "XXXXXX";
    if (mkdtemp(path.data()) == nullptr)
        return systemError(base + ": no folder for a program can be made there", errno,
                           "make room there, or set TMPDIR to a folder that the service may write");
    UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const int failure = errno;
    ProgramFolder folder(std::move(path), std::move(directory));
    if (!folder.directory_) return systemError(folder.path_, failure);
    if (flock(folder.fd(), LOCK_EX | LOCK_NB) != 0) return systemError(folder.path_, errno);
    return folder;
}

ProgramFolder::ProgramFolder(ProgramFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), directory_(std::move(other.directory_)) {}

ProgramFolder::~ProgramFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Status ProgramFolder::add(const std::string& name, int fromFd, std::uint64_t sizeBytes) const {
    const UniqueFd file(
        openat(fd(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400));
    if (!file) return systemError(path_ + "/" + name, errno);
    return copyRange(fromFd, 0, sizeBytes, file.get());
}

void removeAbandonedFolders(const std::string& base, std::chrono::seconds olderThan) {
    namespace fs = std::filesystem;
    // Others add and remove there meanwhile: what cannot be read is left for the next time.
    std::error_code trouble;
    std::error_code ignored;
    for (fs::directory_iterator at(base, trouble); !trouble && at != fs::directory_iterator();
         at.increment(trouble))
        if (at->path().filename().string().starts_with(kPrefix) &&
            isAbandoned(at->path().string(), olderThan))
            fs::remove_all(at->path(), ignored);
}

}  // namespace greffe
