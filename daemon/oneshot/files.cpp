// SPDX-License-Identifier: Apache-2.0
#include "oneshot/files.h"

#include "base/bytes_text.h"
#include "base/media_type.h"
#include "intake/admission.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

namespace greffe {
namespace {

constexpr std::size_t kSniffedBytes = 4096;
constexpr mode_t kOutputMode = 0644;  // as every program writes for its user: the umask narrows it

std::string directoryOf(const std::string& path) {
    const SplitPath split = splitPath(path);
    return split.directory.empty() ? "." : split.directory;
}

Error takenError(const std::string& path) {
    return makeError(Errc::Exists, fmt::format("{} is there already", displayText(path)),
                     "give another name: nothing is ever overwritten");
}

}  // namespace

Result<CallInput> openInputFile(const std::string& path) {
    // Non-blocking: a pipe is told apart instead of waited for.
    auto fd = std::make_shared<UniqueFd>(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!*fd) return systemError(displayText(path), errno, "give the path of a file that you may read");
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd->get()));
    if (!facts.isRegular())
        return makeError(Errc::Invalid, fmt::format("{} is not a regular file", displayText(path)));
    GREFFE_TRY_ASSIGN(const MappedFile file, MappedFile::map(fd->get(), 0, facts.sizeBytes));
    CallInput input;
    input.fd = std::move(fd);
    input.sizeBytes = facts.sizeBytes;
    input.sha256 = sha256(file.bytes());
    input.slot = std::string(kDocumentSlot);
    input.name = splitPath(path).name;
    input.mediaType = sniffMediaType(file.bytes().substr(0, kSniffedBytes));
    return input;
}

Status checkOutputFile(const std::string& path) {
    const SplitPath split = splitPath(path);
    if (split.name.empty())
        return makeError(Errc::Invalid, fmt::format("{} names no file", displayText(path)));
    const auto directory = openDirectory(directoryOf(path));
    if (!directory)
        return makeError(directory.error().code, directory.error().message,
                         "make the folder of the output first");
    if (existsAt(directory->get(), split.name)) return takenError(path);
    return {};
}

Status writeOutputFile(const std::string& path, const CallInput* base, const CallArtifact& artifact) {
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(directoryOf(path)));
    GREFFE_TRY_ASSIGN(const UniqueFd file, openUnnamed(directory.get(), kOutputMode));
    if (base != nullptr) {
        GREFFE_TRY(copyRange(base->fd->get(), 0, base->sizeBytes, file.get()));
        // What was signed is what was read at first; an editor that saved in between would leave a broken
        // seal.
        GREFFE_TRY_ASSIGN(const MappedFile written, MappedFile::map(file.get(), 0, base->sizeBytes));
        if (sha256(written.bytes()) != base->sha256)
            return makeError(Errc::Corrupt,
                             fmt::format("{} was changed while it was worked on", displayText(base->name)),
                             "try again when nobody writes to it");
    }
    GREFFE_TRY(copyRange(artifact.fd->get(), 0, artifact.sizeBytes, file.get()));
    GREFFE_TRY(syncFile(file.get()));
    const Status linked = linkUnnamed(file.get(), directory.get(), splitPath(path).name);
    if (!linked) return linked.error().code == Errc::Exists ? Status(takenError(path)) : linked;
    return syncDirectory(directory.get());
}

}  // namespace greffe
