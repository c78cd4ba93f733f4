// SPDX-License-Identifier: Apache-2.0
// Files and directories, the durable way. Every function that touches the disk for good carries a named
// failpoint, so that tests can make it die or lie; nothing else in the project calls fsync, rename or linkat.
//
// Rules (measured, see README.md of this folder): a short write comes before ENOSPC; a failed fsync is never
// repeated on the same descriptor; a name is durable only after its directory was synced.
//
// Names are bytes: they may hold newlines, control characters and invalid UTF-8. Only '/' and NUL are
// excluded.
#pragma once

#include "base/result.h"
#include "sys/unique_fd.h"

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

struct FileFacts {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t sizeBytes = 0;
    std::int64_t mtimeNs = 0;
    std::uint32_t links = 0;
    std::uint32_t mode = 0;  // st_mode, with the type bits

    bool isRegular() const { return S_ISREG(mode); }
    bool isDirectory() const { return S_ISDIR(mode); }
    friend bool operator==(const FileFacts&, const FileFacts&) = default;
};

// --- opening
// ---------------------------------------------------------------------------------------------------

// An absolute or relative directory, as a handle for the functions below. Follows links: the path is the
// administrator's.
Result<UniqueFd> openDirectory(const std::string& path);
// For messages: where `name` is, as the machine calls the directory now; the directory itself without a name.
// errno is left as it is.
std::string pathAt(int dirFd, const std::string& name = {});
// A directory below `dirFd`; links are not followed.
Result<UniqueFd> openDirectoryAt(int dirFd, const std::string& name);
// Creates `path` and its missing parents (mode 0750) and syncs each parent that changed.
Status makeDirectories(const std::string& path);
// Creates one directory; an existing one is fine.
Status makeDirectoryAt(int dirFd, const std::string& name, mode_t mode = 0750);

// A regular file for reading. Links are not followed, pipes and devices do not block; what is not a regular
// file is Errc::Invalid.
Result<UniqueFd> openRegularAt(int dirFd, const std::string& name);
// A regular file somewhere below `root`, named by somebody who is not trusted: no way out of `root`, not by
// "..", an absolute path, a link or a mount trick (openat2, RESOLVE_BENEATH).
Result<UniqueFd> openBeneath(const std::string& root, const std::string& path);
Result<std::string> readFile(const std::string& path, std::uint64_t maxBytes);
Result<std::string> readAll(int fd, std::uint64_t maxBytes);

// --- looking
// ---------------------------------------------------------------------------------------------------

Result<FileFacts> factsOf(int fd);
// Of the name itself: a link is seen as a link.
Result<FileFacts> factsAt(int dirFd, const std::string& name);
// One component of a path, whatever its bytes: not empty, not "." or "..", no slash, no NUL, 255 bytes at
// most.
bool isFileName(std::string_view name);
bool existsAt(int dirFd, const std::string& name);
// Calls `each` for every name but "." and ".."; stops when it returns false.
Status listDirectory(int dirFd, const std::function<bool(const std::string& name)>& each);

// --- writing
// ---------------------------------------------------------------------------------------------------

// All bytes or an error; goes on after a short write and reports the errno that follows it.
Status writeAll(int fd, std::string_view bytes);
Status writeAllAt(int fd, std::string_view bytes, std::uint64_t offset);
// Copies `sizeBytes` from `offset` of one file to the end of another, in the kernel where it can.
Status copyRange(int fromFd, std::uint64_t offset, std::uint64_t sizeBytes, int toFd);

// An unnamed file on the file system of `dirFd`: a crash leaves nothing behind. mode is what the linked file
// will have.
Result<UniqueFd> openUnnamed(int dirFd, mode_t mode = 0640);
// Gives an unnamed file its name. Errc::Exists when the name is taken.
Status linkUnnamed(int fd, int dirFd, const std::string& name);

// --- durability
// ------------------------------------------------------------------------------------------------

Status syncFile(int fd);        // fdatasync: bytes and size
Status syncDirectory(int fd);   // fsync: names
Status syncFileSystem(int fd);  // syncfs: everything of the file system that `fd` is on

// Moves a name without ever replacing another. Errc::Exists when the target is taken. Not durable before both
// directories are synced.
Status renameNew(int fromDirFd, const std::string& from, int toDirFd, const std::string& to);
// Replaces a file in one step: write to an unnamed file, sync, swap in, sync the directory.
Status replaceFile(int dirFd, const std::string& name, std::string_view bytes, mode_t mode = 0640);
Status removeFileAt(int dirFd, const std::string& name);
Status removeDirectoryAt(int dirFd, const std::string& name);

// --- memory files
// ----------------------------------------------------------------------------------------------

// A memfd holding `bytes`, sealed against every change: what a worker gets for a small document.
Result<UniqueFd> sealedMemoryFile(const char* label, std::string_view bytes);
Result<UniqueFd> memoryFile(const char* label);
// Seals a memfd that somebody else wrote, so that it cannot change while it is read. Errc::Invalid when it is
// not one.
Status sealMemoryFile(int fd);

// --- mapping
// ---------------------------------------------------------------------------------------------------

// A file's bytes, read-only, for as long as the object lives. An empty file maps to an empty view. A small
// one is copied: setting a mapping up and taking it down costs more than reading it.
class MappedFile {
public:
    static constexpr std::uint64_t kCopiedUpTo = 128U << 10U;
    // Errc::Corrupt for a small file that is shorter than `sizeBytes`; a large one must not be.
    static Result<MappedFile> map(int fd, std::uint64_t offset, std::uint64_t sizeBytes);
    MappedFile() = default;
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    std::string_view bytes() const { return {data_, sizeBytes_}; }

private:
    std::unique_ptr<char[]> copy_;
    void* base_ = nullptr;
    std::size_t mappedBytes_ = 0;
    const char* data_ = nullptr;
    std::size_t sizeBytes_ = 0;
};

// Name and parent of a path that has a last component.
struct SplitPath {
    std::string directory;
    std::string name;
};
SplitPath splitPath(const std::string& path);

}  // namespace greffe
